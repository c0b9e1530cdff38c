"""Methods of texts that are known: `path.rpartition(".")`, `name.lower()`."""

from collections.abc import Mapping

from msgspec.structs import replace

from analysis.link.values import Argument, Constant, Sequence, Value

_MADE_OF_ITSELF = frozenset({
    "capitalize", "casefold", "endswith", "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace",
    "rpartition", "rsplit", "rstrip", "split", "startswith", "strip", "swapcase", "title", "upper",
})  # fmt: skip
_LONGEST = 4096
"""Characters; longer texts name nothing, and `replace` may make them as long as it likes."""


def called(text: Constant, method: str, given: list[object], named: Mapping[str, object]) -> Value | None:
    """What a method of a text returns for known arguments; None for a method or arguments that are not known of texts.

    What it returns is an option's default where the text is.
    """
    if method not in _MADE_OF_ITSELF or not isinstance(text.value, str) or len(text.value) > _LONGEST:
        return None
    try:
        made = getattr(text.value, method)(*given, **named)
    except (TypeError, ValueError, OverflowError):
        return None
    if isinstance(made, list | tuple):
        return Sequence(tuple(Argument(None, None, (replace(text, value=part),)) for part in made))
    return replace(text, value=made) if len(str(made)) <= _LONGEST else None

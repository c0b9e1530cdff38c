"""What configuration files hold, whatever their form: values, and the ways to them."""

from typing import TypeAlias, TypeGuard

import msgspec

Scalar: TypeAlias = str | int | float | bool | None
Value: TypeAlias = Scalar | list[Scalar]

LEFT_OUT = "a key that some configurations leave out"


class ConfigEntry(msgspec.Struct, frozen=True):
    keys: tuple[str, ...]
    value: Value
    line: int


def plain(key: str) -> str:
    return key.strip().replace("-", "_")


_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(["true", "yes", "on"], True),
    **dict.fromkeys(["false", "no", "off"], False),
    **dict.fromkeys(["null", "none", "~", ""], None),
}


def typed(text: str) -> Scalar:
    """A number, a truth value or nothing where the text reads as one."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for read in (int, float):
        try:
            # Python refuses to read thousands of digits.
            return read(text)
        except ValueError:
            continue
    return text


def is_value(value: object) -> TypeGuard[Value]:
    scalars = value if isinstance(value, list) else [value]
    return all(item is None or isinstance(item, str | float | bool) or _is_number(item) for item in scalars)


def _is_number(item: object) -> bool:
    # As in code: no seed or count is larger, and Python writes no number down that has thousands of digits.
    return isinstance(item, int) and -(2**63) <= item < 2**64

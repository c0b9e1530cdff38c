"""Makes text from strangers show what it holds: no character of it may hide, reorder or end the text around it.

Escaping for HTML is Jinja's work; this module is about characters that HTML lets through unescaped.
"""

import re

# Characters that are drawn as nothing or that change the order in which others are drawn: the bidirectional
# controls of "Trojan Source" (CVE-2021-42574), zero-width characters, fillers and the tag block.
_INVISIBLE = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
_CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f" + _INVISIBLE + "\ud800-\udfff\ufff0-\ufffb\U000e0000-\U000e0fff]"
)


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)  # The control pictures: a null byte is drawn as ␀.
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"  # A lone surrogate cannot be sent as UTF-8 at all.
    return f"⟨U+{code:04X}⟩"


def visible(text: str) -> str:
    """`text` with every invisible or reordering character replaced by a visible name of it.

    Newlines, tabs and carriage returns stay. The result holds no lone surrogate, so that it can always be encoded.
    """
    if text.isascii() and text.isprintable():
        return text  # nearly every text, and several times as fast
    return _CONTROLS.sub(_shown, text)


def clipped(text: str, limit: int = 240) -> tuple[str, int]:
    """The first `limit` characters of `text`, and how many were left off."""
    return text[:limit], max(0, len(text) - limit)

"""JSON as people write it: with comments, and with a comma behind the last item."""

import json
import re

_APART = re.compile(r'"(?:[^"\\\n]|\\.)*"?|//[^\n]*|#[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?')
"""Texts, in which nothing is a comment, and comments; one that nothing ends is taken too, and looked at once."""
_LAST_COMMA = re.compile(r'"(?:[^"\\\n]|\\.)*"?|,(?=\s*[}\]])')


def read_json(text: str) -> tuple[object, str]:
    """The document and the text that it stands in, its lines as they were; None for what is no JSON at all."""
    try:
        return json.loads(text), text
    except (ValueError, RecursionError):
        pass
    text = _LAST_COMMA.sub(_kept_text, _APART.sub(_kept_text, text))
    try:
        return json.loads(text), text
    except (ValueError, RecursionError):
        return None, text


def _kept_text(match: re.Match[str]) -> str:
    """A text as it is; of anything else the ends of its lines."""
    found = match[0]
    return found if found.startswith('"') else "\n" * found.count("\n")

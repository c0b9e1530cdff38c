"""What is wrong with a value, in words for a person: of settings, and of a command's arguments.

The value itself is not repeated: somebody may have put a secret in the wrong place.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

_WHOLE = "a whole number is needed"
_NUMBER = "a number is needed"
_YES_OR_NO = "true or false is needed"


def _short(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "int_parsing": lambda limits: _WHOLE,
    "int_parsing_size": lambda limits: "a smaller number is needed",
    "int_from_float": lambda limits: _WHOLE,
    "int_type": lambda limits: _WHOLE,
    "float_parsing": lambda limits: _NUMBER,
    "float_type": lambda limits: _NUMBER,
    "finite_number": lambda limits: _NUMBER,
    "bool_parsing": lambda limits: _YES_OR_NO,
    "greater_than": lambda limits: f"more than {_short(limits['gt'])} is needed",
    "greater_than_equal": lambda limits: f"{_short(limits['ge'])} or more is needed",
    "less_than": lambda limits: f"less than {_short(limits['lt'])} is needed",
    "less_than_equal": lambda limits: f"{_short(limits['le'])} or less is needed",
    "value_error": lambda limits: str(limits["error"]),
}


def in_words(fault: ErrorDetails) -> str:
    """One of the faults that a pydantic ValidationError lists, on one line."""
    words = _WORDS.get(fault["type"])
    said = fault["msg"] if words is None else words(fault.get("ctx", {}))
    return " ".join(said.split()).rstrip(".")

"""Colour for terminals, and none for anything else."""

import os
import sys
from collections.abc import Mapping
from typing import TextIO

import msgspec

from analysis.report import Outcome

_BOLD, _DIM, _RED, _GREEN, _YELLOW, _CYAN = "1", "2", "31", "32", "33", "36"
_TONES: dict[Outcome, str] = {"duplicate": _RED, "epoch_repeat": _RED, "unknown": _YELLOW, "clean": _GREEN}


class Ink(msgspec.Struct, frozen=True):
    """Paints text where `colour` is set, and hands it back as it is where not."""

    colour: bool

    def strong(self, text: str) -> str:
        return self._paint(text, _BOLD)

    def faint(self, text: str) -> str:
        return self._paint(text, _DIM)

    def place(self, text: str) -> str:
        return self._paint(text, _CYAN)

    def outcome(self, text: str, outcome: Outcome) -> str:
        return self._paint(text, _TONES[outcome])

    def loud(self, text: str, outcome: Outcome) -> str:
        return self._paint(text, f"{_BOLD};{_TONES[outcome]}")

    def _paint(self, text: str, codes: str) -> str:
        return f"\x1b[{codes}m{text}\x1b[0m" if self.colour and text else text


def ink_for(stream: TextIO, environment: Mapping[str, str]) -> Ink:
    """Colour for a terminal that shows it; never with `NO_COLOR` (https://no-color.org), always with `FORCE_COLOR`."""
    if environment.get("NO_COLOR"):
        return Ink(False)
    if environment.get("FORCE_COLOR"):
        return Ink(True)
    return Ink(stream.isatty() and environment.get("TERM") != "dumb")


def ink_for_output() -> Ink:
    """The ink for this process's standard output."""
    return ink_for(sys.stdout, os.environ)

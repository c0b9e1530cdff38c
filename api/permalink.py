"""Places in a repository: parsing `path:line` and linking to it at the commit that was read."""

import re
from dataclasses import dataclass
from urllib.parse import quote

_PLACE = re.compile(r"^(?P<path>.+?):(?P<line>\d+)$", re.DOTALL)
_CELL = re.compile(r"^(?P<file>.+\.ipynb):c(?P<cell>\d+)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, or of a notebook's cell (then `path` carries the cell: `n.ipynb:c3`)."""

    path: str
    line: int

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """The place that `path:line` names, or None if it names none."""
        match = _PLACE.match(text)
        return cls(match["path"], int(match["line"])) if match else None

    @property
    def file(self) -> str:
        """The path of the file, without a notebook's cell."""
        match = _CELL.match(self.path)
        return match["file"] if match else self.path

    @property
    def cell(self) -> int | None:
        """The notebook cell, counted from 0, or None outside notebooks."""
        match = _CELL.match(self.path)
        return int(match["cell"]) if match else None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


def permalink(host: str, owner: str, name: str, commit: str | None, place: Place) -> str | None:
    """The address of `place` at `commit` on the host's website, or None where the host has none that we know.

    GitHub has no line anchors in notebooks, so those link to the file.
    """
    if host != "github.com" or commit is None:
        return None
    address = f"https://github.com/{quote(owner, safe='')}/{quote(name, safe='')}/blob/{quote(commit, safe='')}"
    # A lone surrogate (a file name that is not UTF-8) has no address on the website that would be right.
    path = quote(place.file, safe="/", errors="replace")
    return f"{address}/{path}" if place.cell is not None else f"{address}/{path}#L{place.line}"

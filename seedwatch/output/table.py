"""Plain tables: aligned columns under a line of titles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.report import Outcome
from api.visible import visible
from seedwatch.output.ink import Ink

_GAP = "  "


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell in the colour of an outcome, or in none."""

    text: str
    outcome: Outcome | None = None


Row = Sequence[Cell | str]


def table(titles: Sequence[str], rows: Iterable[Row], *, ink: Ink) -> str:
    """The rows under their titles, each column as wide as its widest cell, each line ending in a newline."""
    cells = [[_shown(cell) for cell in row] for row in rows]
    widths = [max(len(title), *(len(row[index].text) for row in cells)) for index, title in enumerate(titles)]
    head = _GAP.join(title.ljust(width) for title, width in zip(titles, widths, strict=True)).rstrip()
    return "".join(f"{line}\n" for line in (ink.faint(head), *(_line(row, widths, ink) for row in cells)))


def _shown(cell: Cell | str) -> Cell:
    plain = Cell(cell) if isinstance(cell, str) else cell
    return Cell(" ".join(visible(plain.text).split()), plain.outcome)


def _line(row: Sequence[Cell], widths: Sequence[int], ink: Ink) -> str:
    *filled, last = [(cell, cell.text.ljust(width)) for cell, width in zip(row, widths, strict=True)]
    painted = [_painted(cell, text, ink) for cell, text in filled]
    return _GAP.join([*painted, _painted(last[0], last[0].text, ink)])


def _painted(cell: Cell, text: str, ink: Ink) -> str:
    return text if cell.outcome is None else ink.outcome(text, cell.outcome)

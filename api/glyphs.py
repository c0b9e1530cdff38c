"""The four outcomes as small pictures of what workers draw.

A picture has a row for each of four workers and two blocks for two epochs. Rows that are alike are workers that repeat
each other (`duplicate`), blocks that are alike are epochs that repeat (`epoch_repeat`); `clean` has neither, and
`unknown` has a dot where a number would be.
"""

from functools import cache
from typing import Final

from markupsafe import Markup

from analysis.report import Outcome

_WORKERS: Final = 4
_DRAWS: Final = 4
_CELL: Final = 3
_GAP: Final = 3

_STRIPES: Final = ("1010",) * _WORKERS
_NOISE: Final = ("1001", "0110", "1100", "0011")
_OTHER_NOISE: Final = ("0100", "1011", "0010", "1101")
_DOTS: Final = ("....",) * _WORKERS
_EPOCHS: Final[dict[Outcome, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "duplicate": (_STRIPES, _STRIPES),
    "epoch_repeat": (_NOISE, _NOISE),
    "clean": (_NOISE, _OTHER_NOISE),
    "unknown": (_DOTS, _DOTS),
}
_WIDTH: Final = 2 * _DRAWS * _CELL + _GAP
_HEIGHT: Final = _WORKERS * _CELL


@cache
def outcome(name: Outcome) -> Markup:
    """An inline SVG of the outcome. It is decoration: the word beside it says the same."""
    drawn: list[str] = []
    faint: list[str] = []
    for block, rows in enumerate(_EPOCHS[name]):
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                x = (block * _DRAWS + column) * _CELL + block * _GAP
                (drawn if cell in "1." else faint).append(_square(x, row * _CELL, dot=cell == "."))
    return Markup(  # noqa: S704 - built from the constants above
        f'<svg class="glyph {name}" viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-hidden="true" focusable="false">'
        f'<path class="faint" d="{"".join(faint)}"/><path class="drawn" d="{"".join(drawn)}"/></svg>'
    )


def _square(x: int, y: int, *, dot: bool) -> str:
    """A cell's path: the whole of it, or a dot in its middle."""
    inset, side = (1, 1) if dot else (0, _CELL)
    return f"M{x + inset} {y + inset}h{side}v{side}h-{side}z"

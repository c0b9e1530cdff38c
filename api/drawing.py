"""Charts as SVG in our own markup: for pages, for reports that leave this machine, and for files.

Text takes the page's colour, marks have colours that carry on white and on black, and nothing rests on colour alone. No
`style` is used, which a strict Content-Security-Policy refuses. Every number that is drawn stands in a table as well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from analysis.prevalence import Interval
from api.through_time import Point

WIDTH: Final = 720
_ROW: Final = 30
_LEFT: Final = 250
_SHORT_LABEL: Final = 8
_LEFT_OF_SHORT: Final = 62
_RIGHT: Final = 70
_FIRST: Final = "#b5462f"
_SECOND: Final = "#2f6db5"
_FAINT: Final = "#8a8f98"
_FONT: Final = 'font-family="system-ui, sans-serif" font-size="13"'


@dataclass(frozen=True, slots=True)
class Whisker:
    """A share with its interval; without a share only its label is drawn."""

    label: str
    share: float | None
    interval: Interval
    second: bool = False


@dataclass(frozen=True, slots=True)
class PairOfBars:
    """Two counts under one label."""

    label: str
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Strip:
    """Single results of one kind, drawn as points with their mean."""

    label: str
    values: Sequence[float]
    second: bool = False


def whiskers(title: str, rows: Sequence[Whisker]) -> Markup:
    """Shares on a scale from 0 to 100 %, a point each with a line for its interval."""
    height = _ROW * len(rows) + 40
    left = _LEFT if any(len(row.label) > _SHORT_LABEL for row in rows) else _LEFT_OF_SHORT
    parts = [_axis(_ROW * len(rows) + 6, [(tick / 4, f"{25 * tick} %") for tick in range(5)], left)]
    for place, row in enumerate(rows):
        middle = _ROW * place + 18
        colour = _SECOND if row.second else _FIRST
        parts.append(_label(row.label, middle, left))
        low, high = _x(row.interval.low, left), _x(row.interval.high, left)
        parts.append(
            f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}" stroke="{colour}" stroke-width="3"/>'
        )
        if row.share is not None:
            parts.append(_mark(_x(row.share, left), middle, colour, row.second))
            parts.append(_text(WIDTH - _RIGHT + 12, middle + 4, f"{row.share:.0%}"))
    return _svg(title, height, parts)


def bars(title: str, names: tuple[str, str], rows: Sequence[PairOfBars]) -> Markup:
    """Two bars a row, of one length to the count; `names` are those of the two."""
    most = max((max(row.first, row.second) for row in rows), default=0) or 1
    step = 2 * 13 + 12
    parts = [
        f'<rect x="{_LEFT}" y="4" width="12" height="12" fill="{_FIRST}"/>',
        _text(_LEFT + 18, 14, names[0]),
        f'<rect x="{_LEFT + 160}" y="4" width="12" height="12" fill="{_SECOND}"/>',
        _text(_LEFT + 178, 14, names[1]),
    ]
    for place, row in enumerate(rows):
        top = 28 + step * place
        parts.append(_label(row.label, top + 13))
        for offset, count, colour in ((0, row.first, _FIRST), (13, row.second, _SECOND)):
            width = (WIDTH - _LEFT - _RIGHT) * count / most
            parts.append(f'<rect x="{_LEFT}" y="{top + offset}" width="{width:.1f}" height="12" fill="{colour}"/>')
            parts.append(_text(_LEFT + width + 6, top + offset + 11, f"{count:,}", small=True))
    return _svg(title, 28 + step * len(rows) + 8, parts)


def survival(title: str, steps: Sequence[Point], longest: float) -> Markup:
    """A curve that comes down in steps, over years, with its interval as a band."""
    top, bottom = 12.0, 230.0
    years = max(1, int(longest / 365.25) + 1)

    def across(days: float) -> float:
        return 62 + (WIDTH - 92) * days / (years * 365.25)

    def down(share: float) -> float:
        return bottom - (bottom - top) * share

    def path(values: Iterable[tuple[float, float]]) -> str:
        drawn = f"M{across(0):.1f} {down(1):.1f}"
        for days, share in values:
            drawn += f"H{across(days):.1f}V{down(share):.1f}"
        return drawn + f"H{across(longest):.1f}"

    known = [step for step in steps if step.share > 0]
    faint = f'fill="none" stroke="{_FAINT}"'
    low = path((step.days, step.interval.low) for step in known)
    high = path((step.days, step.interval.high) for step in known)
    curve = path((step.days, step.share) for step in steps)
    parts = [
        *(f'<path d="{end}" {faint} stroke-dasharray="3 3"/>' for end in (low, high)),
        f'<path d="{curve}" fill="none" stroke="{_FIRST}" stroke-width="2.5"/>',
        f'<path d="M{across(0):.1f} {top}V{bottom}H{WIDTH - 30}" {faint}/>',
    ]
    for tick in (0, 0.5, 1):
        parts.append(_text(56, down(tick) + 4, f"{tick:.0%}", anchor="end", small=True))
    every = max(1, years // 8)
    for year in range(0, years + 1, every):
        parts.append(_text(across(year * 365.25), bottom + 18, f"{year} y", anchor="middle", small=True))
    return _svg(title, 256, parts)


def strips(title: str, rows: Sequence[Strip], unit: str) -> Markup:
    """Every single result as a point, the mean as a bar, on one scale for all rows."""
    values = [value for row in rows for value in row.values]
    least, greatest = min(values), max(values)
    spread = (greatest - least) or 1.0
    least, greatest = least - 0.05 * spread, greatest + 0.05 * spread

    def across(value: float) -> float:
        return _x((value - least) / (greatest - least))

    step = 44
    ticks = [least + (greatest - least) * tick / 4 for tick in range(5)]
    parts = [_axis(step * len(rows) + 6, [(tick / 4, f"{value:.1f}{unit}") for tick, value in enumerate(ticks)])]
    for place, row in enumerate(rows):
        middle = step * place + 24
        colour = _SECOND if row.second else _FIRST
        parts.append(_label(row.label, middle))
        for number, value in enumerate(row.values):
            # Beside each other, since many results are equal.
            y = middle + 4 * (number % 5) - 8
            parts.append(f'<circle cx="{across(value):.1f}" cy="{y}" r="3" fill="{colour}" fill-opacity="0.55"/>')
        mean = sum(row.values) / len(row.values)
        x = f"{across(mean):.1f}"
        parts.append(
            f'<line x1="{x}" x2="{x}" y1="{middle - 15}" y2="{middle + 15}" stroke="currentColor" stroke-width="2"/>'
        )
        parts.append(_text(WIDTH - _RIGHT + 12, middle + 4, f"{mean:.2f}"))
    return _svg(title, step * len(rows) + 40, parts)


def _svg(title: str, height: float, parts: Iterable[str]) -> Markup:
    inside = "\n".join(parts)
    size = f'viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}"'
    return Markup(  # noqa: S704 - made of numbers and of text that was escaped
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(title)}" {_FONT} '
        f'fill="currentColor">\n<title>{escape(title)}</title>\n{inside}\n</svg>\n'
    )


def _x(share: float, left: float = _LEFT) -> float:
    return left + (WIDTH - left - _RIGHT) * share


def _label(text: str, middle: float, left: float = _LEFT) -> str:
    return _text(left - 12, middle + 4, text, anchor="end")


def _text(x: float, y: float, text: str, *, anchor: str = "start", small: bool = False) -> str:
    size = ' font-size="11"' if small else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{size}>{escape(text)}</text>'


def _mark(x: float, y: float, colour: str, square: bool) -> str:
    if square:
        return f'<rect x="{x - 5:.1f}" y="{y - 5}" width="10" height="10" fill="{colour}"/>'
    return f'<circle cx="{x:.1f}" cy="{y}" r="5.5" fill="{colour}"/>'


def _axis(y: float, ticks: Sequence[tuple[float, str]], left: float = _LEFT) -> str:
    lines = [f'<line x1="{left}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}" stroke="{_FAINT}"/>']
    for share, text in ticks:
        x = _x(share, left)
        lines.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{y}" stroke="{_FAINT}" stroke-opacity="0.3"/>')
        lines.append(_text(x, y + 18, text, anchor="middle", small=True))
    return "\n".join(lines)

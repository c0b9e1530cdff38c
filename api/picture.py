"""A verification drawn: workers by samples, epoch by epoch, equal generator states in equal colours."""

from collections import Counter
from collections.abc import Iterator
from html import escape

from miner.verify.model import Evidence, Seen, Verification

CELL, GAP, MARGIN, TITLE = 14, 2, 12, 20
LABEL = 66
MOST_SAMPLES = 12
# Paul Tol's muted scheme: told apart by people with any kind of colour vision.
_COLOURS = ("#CC6677", "#332288", "#DDCC77", "#117733", "#88CCEE", "#882255", "#44AA99", "#999933", "#AA4499")
_ALONE, _NOTHING = "#C9CDD2", "none"


def picture(said: Verification) -> str:
    """An SVG document. States that come up once are grey; each that comes back has a colour, and its number as a title.

    Equal colours in the rows of one epoch are workers that repeat each other; in two epochs, epochs that do.
    """
    parts: list[str] = []
    top = MARGIN
    width = 0
    for name, seen in _sides(said.evidence):
        body, right, bottom = _side(name, seen, top)
        parts.append(body)
        width, top = max(width, right), bottom + MARGIN
    if not parts:
        return ""
    title = escape(f"{said.dataset}, {said.loader}: {said.verdict}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{title}" viewBox="0 0 {width + MARGIN} {top}" '
        f'width="{width + MARGIN}" height="{top}" font-family="system-ui, sans-serif" font-size="11">'
        f"<title>{title}</title>{''.join(parts)}</svg>"
    )


def _sides(evidence: Evidence) -> Iterator[tuple[str, Seen]]:
    for name, seen in (("torch < 1.9", evidence.legacy), ("torch >= 1.9", evidence.modern)):
        if seen is not None and seen.draws:
            yield name, seen


def _side(name: str, seen: Seen, top: int) -> tuple[str, int, int]:
    colours = _colours(seen)
    parts = [_text(MARGIN, top + 11, name, bold=True)]
    row_top = top + TITLE
    block = MOST_SAMPLES // 2 * (CELL + GAP) + MARGIN
    right = MARGIN + LABEL
    for epoch, workers in enumerate(seen.grid):
        left = MARGIN + LABEL + epoch * block
        parts.append(_text(left, row_top + 10, f"epoch {epoch}"))
        for worker, states in enumerate(workers):
            y = row_top + TITLE - 4 + worker * (CELL + GAP)
            if epoch == 0:
                parts.append(_text(MARGIN, y + 11, f"worker {worker}"))
            for place, state in enumerate(states[: MOST_SAMPLES // 2]):
                parts.append(_cell(left + place * (CELL + GAP), y, state, colours))
        right = max(right, left + block)
    most = max((len(workers) for workers in seen.grid), default=0)
    return "".join(parts), right, row_top + TITLE - 4 + most * (CELL + GAP)


def _colours(seen: Seen) -> dict[int, str]:
    shown = [
        state for workers in seen.grid for states in workers for state in states[: MOST_SAMPLES // 2] if state >= 0
    ]
    again = [state for state, count in Counter(shown).items() if count > 1]
    return {state: _COLOURS[number % len(_COLOURS)] for number, state in enumerate(again)}


def _cell(x: int, y: int, state: int, colours: dict[int, str]) -> str:
    fill = _NOTHING if state < 0 else colours.get(state, _ALONE)
    said = "no draw" if state < 0 else f"state {state}"
    return (
        f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" rx="2" fill="{fill}" stroke="#5b6068" '
        f'stroke-width="0.5"><title>{said}</title></rect>'
    )


def _text(x: int, y: int, words: str, *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x}" y="{y}" fill="currentColor"{weight}>{escape(words)}</text>'

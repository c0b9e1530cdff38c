"""What equal draws do to pictures: the crops of PyTorch's face-landmarks example, per worker and epoch.

    python -m miner.verify.faces FILE.svg

The faces are generated here. The crop is the one of the tutorial (`RandomCrop`, two `np.random.randint`), the
`DataLoader` a real one, run as torch before 1.9 seeds its workers, and once more with a `worker_init_fn` that mends it.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset
from torch.utils.data._utils import worker as torch_worker

WORKERS, EPOCHS, FACES = 3, 3, 4
SIDE, CROP = 100, 56
"""Units of a face and of what is cut out of it."""

Crop = tuple[int, int]
Grid = list[list[list[Crop]]]
"""`grid[epoch][worker][face]`: left and top of the crop."""

_CELL, _GAP, _LABEL, _TITLE, _MARGIN = 40, 4, 62, 40, 14
_SKINS = ("#f2cfa9", "#c98d5e", "#8d5a3b", "#e3b08c")
_GROUNDS = ("#cfe3ea", "#dfe8cd", "#ead9e6", "#e9e2c9")
_HAIRS = ("#3b2a20", "#15110f", "#6d4a2f", "#a8772f")


class RandomCrop:
    """The tutorial's transform, as far as it draws."""

    def __call__(self) -> Crop:
        top = np.random.randint(0, SIDE - CROP)
        left = np.random.randint(0, SIDE - CROP)
        return left, top


class FaceLandmarksDataset(Dataset[Crop]):
    """Faces for each worker: the same ones, so that equal crops are equal pictures."""

    def __init__(self) -> None:
        self.transform = RandomCrop()

    def __len__(self) -> int:
        return WORKERS * FACES

    def __getitem__(self, index: int) -> Crop:
        return self.transform()


def seed_worker(worker_id: int) -> None:
    np.random.seed(torch.initial_seed() % 2**32)


def crops(worker_init_fn: Callable[[int], None] | None = None) -> Grid:
    """The crops of real workers, which torch leaves with the parent's NumPy state, as it did before 1.9."""
    modern = vars(torch_worker)["HAS_NUMPY"]
    vars(torch_worker)["HAS_NUMPY"] = False
    try:
        # A batch is one worker's share of an epoch.
        loader = DataLoader(
            FaceLandmarksDataset(),
            batch_size=FACES,
            num_workers=WORKERS,
            worker_init_fn=worker_init_fn,
            collate_fn=list,
            multiprocessing_context="fork",
        )
        return [list(loader) for _ in range(EPOCHS)]
    finally:
        vars(torch_worker)["HAS_NUMPY"] = modern


@dataclass(frozen=True, slots=True)
class Panel:
    """One run, drawn."""

    title: str
    grid: Grid


def drawn(panels: Sequence[Panel]) -> str:
    """An SVG document: workers by faces, epoch by epoch; equal crops are equal pictures."""
    block = FACES * (_CELL + _GAP) + _MARGIN
    width = 2 * _MARGIN + _LABEL + EPOCHS * block - _MARGIN
    height_of_panel = _TITLE + WORKERS * (_CELL + _GAP) + _MARGIN
    height = _MARGIN + len(panels) * height_of_panel
    body = [part for number, panel in enumerate(panels) for part in _panel(panel, _MARGIN + number * height_of_panel)]
    told = "Crops of generated faces, by worker and epoch: " + "; ".join(panel.title for panel in panels)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{told}" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="system-ui, sans-serif" font-size="11" fill="#1b1f24">'
        f'<title>{told}</title><rect width="{width}" height="{height}" rx="6" fill="#ffffff"/>'
        f"<defs>{''.join(map(_face, range(FACES)))}</defs>{''.join(body)}</svg>\n"
    )


def _panel(panel: Panel, top: int) -> Iterator[str]:
    yield f'<text x="{_MARGIN}" y="{top + 12}" font-weight="600">{panel.title}</text>'
    block = FACES * (_CELL + _GAP) + _MARGIN
    for epoch, workers in enumerate(panel.grid):
        left = _MARGIN + _LABEL + epoch * block
        yield f'<text x="{left}" y="{top + 32}">epoch {epoch}</text>'
        for worker, share in enumerate(workers):
            y = top + _TITLE + worker * (_CELL + _GAP)
            if epoch == 0:
                yield f'<text x="{_MARGIN}" y="{y + _CELL // 2 + 4}">worker {worker}</text>'
            for face, (x, down) in enumerate(share):
                yield (
                    f'<svg x="{left + face * (_CELL + _GAP)}" y="{y}" width="{_CELL}" height="{_CELL}" '
                    f'viewBox="{x} {down} {CROP} {CROP}"><use href="#face{face}"/></svg>'
                )


def _face(number: int) -> str:
    """A face of our own making, with its landmarks as dots."""
    draw = np.random.default_rng(number)
    eyes, mouth, nose = 44 + draw.integers(-4, 5), 70 + draw.integers(-3, 4), 58 + draw.integers(-2, 3)
    apart, wide = 15 + draw.integers(-2, 3), 13 + draw.integers(-4, 5)
    marks = [(50 - apart, eyes), (50 + apart, eyes), (50, nose), (50 - wide, mouth), (50 + wide, mouth), (50, 87)]
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="1.6" fill="#d4005a"/>' for x, y in marks)
    whites = "".join(
        f'<ellipse cx="{50 + side * apart}" cy="{eyes}" rx="7" ry="4.5" fill="#fff"/>'
        f'<circle cx="{50 + side * apart}" cy="{eyes}" r="3.4" fill="#23405c"/>'
        for side in (-1, 1)
    )
    return (
        f'<g id="face{number}"><rect width="{SIDE}" height="{SIDE}" fill="{_GROUNDS[number]}"/>'
        f'<ellipse cx="50" cy="48" rx="36" ry="42" fill="{_HAIRS[number]}"/>'
        f'<ellipse cx="50" cy="56" rx="31" ry="35" fill="{_SKINS[number]}"/>{whites}'
        f'<path d="M50 {eyes + 3} l-4 {nose - eyes} h8" fill="none" stroke="#5a3a28" stroke-width="1.5"/>'
        f'<path d="M{50 - wide} {mouth} Q50 {mouth + 8} {50 + wide} {mouth}" fill="none" stroke="#8c2f39" '
        f'stroke-width="3"/>{dots}</g>'
    )


def main(path: Path) -> None:
    panels = [
        Panel("As it was written, torch &lt; 1.9: every worker and every epoch cuts out the same", crops()),
        Panel("With a worker_init_fn that seeds NumPy from torch.initial_seed()", crops(seed_worker)),
    ]
    path.write_text(drawn(panels), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

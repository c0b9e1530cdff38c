"""What a run shows: from recorded generator states to the words of a verdict.

It also runs under Python 3.9, beside an old torch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Outcome = Literal["duplicate", "epoch_repeat", "clean"]
WORST_FIRST: tuple[Outcome, ...] = ("duplicate", "epoch_repeat", "clean")


class Event(NamedTuple):
    """One draw in a worker. `loader` is the line that built the loader; `sample` an index, a position or `collate`."""

    loader: str
    epoch: int
    worker: int
    sample: int | str
    draw: str
    state: str


@dataclass(frozen=True)
class Observed:
    """What one run of a program did. `overlap`: a stream came back in another worker and another epoch."""

    outcome: Outcome
    overlap: bool
    draws: int
    workers: int
    epochs: int


def observe(events: Iterable[Event]) -> Observed:
    """The worst of the program's loaders; `clean` when no worker drew anything."""
    loaders: dict[str, dict[tuple[int, int], list[str]]] = defaultdict(lambda: defaultdict(list))
    for event in events:
        loaders[event.loader][event.epoch, event.worker].append(f"{event.draw} {event.state}")
    per_loader = [_observe_loader(streams) for streams in loaders.values()]
    if not per_loader:
        return Observed("clean", overlap=False, draws=0, workers=0, epochs=0)
    return min(per_loader, key=lambda seen: WORST_FIRST.index(seen.outcome))


def _observe_loader(streams: dict[tuple[int, int], list[str]]) -> Observed:
    cells = sorted(streams)
    pairs = [(a, b) for index, a in enumerate(cells) for b in cells[index + 1 :] if _same(streams[a], streams[b])]
    duplicate = any(a[0] == b[0] for a, b in pairs)
    repeat = any(a[1] == b[1] and b[0] == a[0] + 1 for a, b in pairs)
    return Observed(
        outcome="duplicate" if duplicate else "epoch_repeat" if repeat else "clean",
        overlap=any(a[0] != b[0] and a[1] != b[1] for a, b in pairs) and not duplicate and not repeat,
        draws=sum(map(len, streams.values())),
        workers=len({worker for _, worker in cells}),
        epochs=len({epoch for epoch, _ in cells}),
    )


def _same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two streams are equal as far as both go: how many draws a sample takes may depend on its data."""
    both = min(len(one), len(other))
    return one[:both] == other[:both]

"""Finding where a value changes along a line of commits while looking at few of them."""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

State = TypeVar("State", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Turns(Generic[State]):
    """`states` is what was looked at, by place; `changes` are the places whose state differs from the one before.

    Each change was seen from both sides. `exact`: every suspect was looked at or lies beside one that was, so that
    nothing can have come and gone unseen, unless it came with a commit that was no suspect.
    """

    states: dict[int, State]
    changes: list[int]
    exact: bool


_NAMED, _SUSPECTED, _ANY = 0.6, 0.25, 0.15
"""How likely a difference happened at one of those that are named for it, at another suspect, anywhere else."""


def find_turns(
    length: int,
    suspects: Sequence[int],
    state: Callable[[int], State],
    affordable: Callable[[], bool],
    likeliest: Callable[[int, int], Sequence[int]],
) -> Turns[State]:
    """The changes of `state` over the places 0 to `length` - 1.

    `suspects` are the places at which a change is likely, in ascending order; between two places of equal state and no
    suspect between them nothing is looked at. Suspects between equal states are asked while `affordable` says so; a
    difference that was seen is always followed to the one place where it happened, each look halving what is likely:
    most of that lies on those suspects that `likeliest` names, in ascending order, of the places after the first of two
    that differ, up to the second; then on the others.
    Raises ValueError for a line without places.
    """
    if length < 1:
        raise ValueError("a line has at least one place")
    states = {0: state(0)}
    if length > 1:
        states[length - 1] = state(length - 1)
    changes: list[int] = []
    exact = True

    def within(low: int, high: int) -> Sequence[int]:
        return suspects[bisect_left(suspects, low + 1) : bisect_left(suspects, high)]

    # Differences first, since they are certain; then wherever most suspects lie unseen.
    spans: list[tuple[bool, int, int, int]] = []

    def push(low: int, high: int) -> None:
        if high > low:
            heapq.heappush(spans, (states[low] == states[high], -len(within(low, high)), low, high))

    push(0, length - 1)
    while spans:
        same, _, low, high = heapq.heappop(spans)
        if same:
            unseen = within(low, high)
            if not unseen:
                continue
            if not affordable():
                exact = False
                continue
            middle = unseen[len(unseen) // 2]
        elif high == low + 1:
            changes.append(high)
            continue
        else:
            middle = _halving(low, high, likeliest(low, high), within(low, high + 1))
        if middle not in states:
            states[middle] = state(middle)
        push(low, middle)
        push(middle, high)
    return Turns(states, sorted(changes), exact)


def _halving(low: int, high: int, named: Sequence[int], suspects: Sequence[int]) -> int:
    """The place between two that differ up to which the difference happened as likely as after it."""
    each_named = _NAMED / len(named) if named else 0.0
    each_suspect = _SUSPECTED / len(suspects) if suspects else 0.0
    each = _ANY / (high - low)
    half = (each_named * len(named) + each_suspect * len(suspects) + each * (high - low)) / 2

    def up_to(place: int) -> float:
        return (
            each_named * bisect_right(named, place)
            + each_suspect * bisect_right(suspects, place)
            + each * (place - low)
        )

    first = bisect_left(range(low + 1, high), half, key=up_to) + low + 1
    return min(
        (place for place in (first - 1, first) if low < place < high), key=lambda place: abs(up_to(place) - half)
    )

"""Finding where a value changes along a line of commits while looking at few of them."""

import heapq
from bisect import bisect_left
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
    difference that was seen is always followed to the one place where it happened, by bisection: among those that
    `likeliest` names, in ascending order, of the places after the first of two that differ, up to the second; then
    among the suspects, then among all.
    Raises ValueError for a line without places.
    """
    if length < 1:
        raise ValueError("a line has at least one place")
    states = {0: state(0)}
    if length > 1:
        states[length - 1] = state(length - 1)
    suspected = frozenset(suspects)
    changes: list[int] = []
    exact = True

    def inside(low: int, high: int) -> Sequence[int]:
        return suspects[bisect_left(suspects, low + 1) : bisect_left(suspects, high)]

    # Differences first, since they are certain; then wherever most suspects lie unseen.
    spans: list[tuple[bool, int, int, int]] = []

    def push(low: int, high: int) -> None:
        if high > low:
            heapq.heappush(spans, (states[low] == states[high], -len(inside(low, high)), low, high))

    push(0, length - 1)
    while spans:
        same, _, low, high = heapq.heappop(spans)
        unseen = inside(low, high)
        if same and not unseen:
            continue
        if same and not affordable():
            exact = False
            continue
        if high == low + 1:
            changes.append(high)
            continue
        named = () if same else likeliest(low, high)
        within = [place for place in named if place < high]
        if within:
            middle = within[len(within) // 2]
        elif named:
            middle = high - 1
        elif unseen and affordable():
            middle = unseen[len(unseen) // 2]
        elif not unseen and high in suspected and high - 1 not in states:
            middle = high - 1
        else:
            exact = exact and not unseen
            middle = (low + high) // 2
        if middle not in states:
            states[middle] = state(middle)
        push(low, middle)
        push(middle, high)
    return Turns(states, sorted(changes), exact)

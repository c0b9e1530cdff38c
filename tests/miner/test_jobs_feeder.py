"""How a batch's items are parted among workers."""

import pytest

from miner.jobs.feeder import sizes


@pytest.mark.parametrize(
    ("number", "left", "slots", "together", "expected"),
    [
        (400, 1_000_000, [1, 1], 64, [64] * 6 + [16]),
        (10, 10, [1], 64, [2, 2, 1, 1, 1, 1, 1, 1]),
        (20, 20, [1, 1], 64, [2, 2, 2, 2, *[1] * 12]),
        (40, 40, [16], 64, [8, 8, 8, 8, 8]),
        (9, 9, [4], 1, [2, 2, 2, 2, 1]),
        (3, 3, [1, 1], 1, [1, 1, 1]),
        (2, 2, [], 64, [1, 1]),
        (0, 0, [1], 64, []),
    ],
)
def test_portions_become_smaller_as_a_batch_ends(
    number: int, left: int, slots: list[int], together: int, expected: list[int]
) -> None:
    assert sizes(number, left, slots, together) == expected


@pytest.mark.parametrize(
    ("number", "slots", "together", "in_a_moment", "expected"),
    [
        (100, [1], 64, 16, [17, 16, 16, 16, 16, 16, 3]),
        (40, [1, 1], 64, 16, [16, 16, 8]),
        (5, [1, 1], 1, 16, [1, 1, 1, 1, 1]),
    ],
)
def test_no_portion_is_smaller_than_what_is_done_in_a_moment(
    number: int, slots: list[int], together: int, in_a_moment: int, expected: list[int]
) -> None:
    assert sizes(number, number, slots, together, in_a_moment) == expected

"""How states become words."""

import pytest

from .outcomes import Event, Outcome, observe


def events(streams: dict[tuple[int, int], str], loader: str = "train.py:1") -> list[Event]:
    """One letter is one generator state; keys are (epoch, worker)."""
    return [
        Event(loader, epoch, worker, position, "numpy.random.rand", state)
        for (epoch, worker), states in streams.items()
        for position, state in enumerate(states)
    ]


@pytest.mark.parametrize(
    ("streams", "outcome"),
    [
        pytest.param({}, "clean", id="nothing drawn"),
        pytest.param({(0, 0): "abc", (0, 1): "def", (1, 0): "ghi", (1, 1): "jkl"}, "clean", id="all apart"),
        pytest.param({(0, 0): "abc", (0, 1): "abc", (1, 0): "def", (1, 1): "def"}, "duplicate", id="workers alike"),
        pytest.param({(0, 0): "abc", (0, 1): "def", (1, 0): "abc", (1, 1): "def"}, "epoch_repeat", id="epochs alike"),
        pytest.param({(0, 0): "abc", (0, 1): "abc", (1, 0): "abc", (1, 1): "abc"}, "duplicate", id="both: the worst"),
        pytest.param({(0, 0): "abc", (0, 1): "abcde"}, "duplicate", id="as far as both go"),
        pytest.param({(0, 0): "abc", (0, 1): "bcd"}, "clean", id="shifted is not alike"),
        pytest.param({(0, 0): "abc", (2, 0): "abc"}, "clean", id="not the next epoch"),
    ],
)
def test_outcome(streams: dict[tuple[int, int], str], outcome: Outcome) -> None:
    assert observe(events(streams)).outcome == outcome


def test_overlap_is_a_stream_that_comes_back_in_another_worker() -> None:
    seen = observe(events({(0, 0): "abc", (0, 1): "def", (1, 0): "def", (1, 1): "ghi"}))
    assert (seen.outcome, seen.overlap) == ("clean", True)


def test_the_worst_loader_counts() -> None:
    train = events({(0, 0): "abc", (0, 1): "def"})
    test = events({(0, 0): "xyz", (0, 1): "xyz"}, loader="train.py:2")
    assert observe([*train, *test]).outcome == "duplicate"


def test_what_was_seen_is_counted() -> None:
    seen = observe(events({(0, 0): "abc", (0, 1): "def", (1, 0): "gh"}))
    assert (seen.draws, seen.workers, seen.epochs) == (8, 2, 2)

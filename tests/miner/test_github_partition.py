"""Parts of a search make it up: nothing is left out, nothing is asked twice."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.github.partition import OF_CODE, OF_REPOSITORIES, Dimension, Partition, Span, dumped, loaded

NOW = 1_795_000_000


def leaves(partition: Partition, dimension: Dimension, depth: int) -> list[Span]:
    """The spans of one dimension after parting so often."""
    level = partition.parts((), NOW)
    for _ in range(depth):
        level = [part for spans in level for part in (partition.parts(spans, NOW) or [spans])]
    return [spans[0] for spans in level if spans[0].dimension == dimension]


@pytest.mark.parametrize(
    ("dimension", "fixed"), [("created", ""), ("pushed", "created:>2010"), ("stars", "created:>2010 pushed:>2010")]
)
def test_parts_lie_end_to_end(dimension: Dimension, fixed: str) -> None:
    partition = Partition.of(f"torch {fixed}", OF_REPOSITORIES)
    spans = sorted({(span.low, span.high) for span in leaves(partition, dimension, 8)})
    assert len(spans) > 100
    for (_, high), (low, _) in pairwise(spans):
        assert low == high + 1


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_halves_share_nothing_and_leave_nothing_out(one: int, other: int) -> None:
    low, high = sorted((one, other))
    if low < high:
        for dimension in ("stars", "size", "created"):
            first, second = Span(dimension, low, high).halves()
            assert (first.low, second.high) == (low, high)
            assert first.high + 1 == second.low
            assert first.low <= first.high
            assert second.low <= second.high


def test_what_cannot_be_halved_is_parted_along_the_next_dimension() -> None:
    partition = Partition.of("torch", OF_CODE)
    one_size = (Span("size", 7, 7),)
    assert [partition.text(spans) for spans in partition.parts(one_size, NOW)] == [
        "torch size:7..7 extension:py",
        "torch size:7..7 extension:ipynb",
    ]
    assert partition.parts(partition.parts(one_size, NOW)[0], NOW) == []


def test_what_a_query_fixes_is_not_touched() -> None:
    partition = Partition.of("torch created:>2020-01-01 -stars:0", OF_REPOSITORIES)
    assert partition.dimensions == ("pushed",)
    assert Partition.of("torch created:>1 pushed:>1 stars:1", OF_REPOSITORIES).parts((), NOW) == []


def test_words_that_look_like_qualifiers_inside_others_are_none() -> None:
    assert Partition.of('"recreated:" unpushed:x', OF_REPOSITORIES).dimensions == OF_REPOSITORIES


def test_only_what_is_new_is_asked_for_later() -> None:
    partition = Partition.of("torch", OF_REPOSITORIES)
    assert partition.follows_time
    assert partition.text(partition.root(NOW)) == "torch"
    (span,) = partition.root(NOW, since=NOW - 10)
    assert (span.low, span.high) == (NOW - 9, NOW)
    assert not Partition.of("torch", OF_CODE).follows_time


def test_spans_come_back_as_they_were() -> None:
    spans = (Span("created", 1, 2), Span("stars", 0, 5))
    assert loaded(dumped(spans)) == spans
    assert str(Span("created", NOW, NOW)) == "created:2026-11-18T11:06:40Z..2026-11-18T11:06:40Z"

"""Changes along a line are found where they are, and with few looks."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.history.turns import find_turns

LINES = st.lists(st.sampled_from("abc"), min_size=1, max_size=60)


def turns(length, suspects, state, most, named=()):
    """What is found where `most` looks can be afforded, and `named` are the likeliest places."""
    asked = []

    def counted(place):
        asked.append(place)
        return state(place)

    def likeliest(low, high):
        return [place for place in named if low < place <= high]

    return find_turns(length, suspects, counted, lambda: len(asked) < most, likeliest)


def changes(states):
    return [place for place in range(1, len(states)) if states[place] != states[place - 1]]


@given(LINES)
def test_every_change_at_a_suspect_is_found(states):
    found = turns(len(states), changes(states), states.__getitem__, most=1000)
    assert found.changes == changes(states)
    assert found.exact
    assert all(states[place] == state for place, state in found.states.items())


@given(LINES, st.data())
def test_whatever_is_suspected_each_change_given_is_one(states, data):
    suspects = sorted(data.draw(st.sets(st.integers(0, len(states) - 1))))
    named = sorted(data.draw(st.sets(st.integers(0, len(states) - 1))))
    found = turns(len(states), suspects, states.__getitem__, most=data.draw(st.integers(0, 60)), named=named)
    assert set(found.changes) <= set(changes(states))
    # Seen from both sides, so the changes explain all that was seen.
    for place in found.changes:
        assert {place - 1, place} <= found.states.keys()
    if states[0] != states[-1]:
        assert found.changes


@pytest.mark.parametrize("turn", [1, 2, 777, 4998, 4999])
def test_one_change_costs_a_bisection(turn):
    states = ["a"] * turn + ["b"] * (5000 - turn)
    found = turns(5000, [], states.__getitem__, most=32)
    assert found.changes == [turn]
    assert len(found.states) <= 2 + math.ceil(math.log2(5000))


def test_a_change_at_a_suspect_costs_no_bisection():
    states = ["a"] * 3000 + ["b"] * 2000
    found = turns(5000, [3000], states.__getitem__, most=32)
    assert found.changes == [3000]
    assert len(found.states) == 4


def test_the_likeliest_are_asked_first():
    states = ["a"] * 3000 + ["b"] * 2000
    found = turns(5000, range(0, 5000, 5), states.__getitem__, most=4, named=[1000, 3000, 4000])
    assert found.changes == [3000]
    assert len(found.states) == 5


def test_what_came_and_went_is_found_between_equal_ends():
    states = ["a"] * 40 + ["b"] * 5 + ["a"] * 55
    assert turns(100, [40, 45], states.__getitem__, most=32).changes == [40, 45]


def test_too_many_suspects_are_said_so_and_cost_no_more():
    asked = []

    def state(place):
        asked.append(place)
        return "a"

    found = turns(1000, range(1000), state, most=50)
    assert not found.exact
    assert len(asked) == len(set(asked)) == 50
    # Spread over the whole line.
    assert max(b - a for a, b in zip(sorted(asked), sorted(asked)[1:], strict=False)) < 100


def test_a_line_of_one_has_no_change():
    assert turns(1, [0], lambda place: "a", most=9).changes == []


def test_a_line_has_a_place():
    with pytest.raises(ValueError, match="at least one"):
        turns(0, [], lambda place: "a", most=9)

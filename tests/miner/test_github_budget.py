"""One budget for all who share a database: never overdrawn, true to the server's word, and nobody sleeps on it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from miner.errors import RateLimited
from miner.github.budget import CODE_SEARCH, CORE, GRAPHQL, MOST_CONNECTIONS, Budget
from miner.store import Store, budgets
from miner.store.budgets import Terms

ME = "token-abc"
TERMS = Terms(quota=100, window=timedelta(hours=1), reserve=10, per_minute=60)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def headers(remaining: int, *, limit: int = 5000, resets_in: float = 1800, resource: str = CORE) -> dict[str, str]:
    reset = int(datetime.now(UTC).timestamp() + resets_in)
    return {
        "x-ratelimit-limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(reset),
        "X-RateLimit-Resource": resource,
    }


def take(store: Store, wanted: int, now: datetime) -> int:
    with store.changing() as session:
        return budgets.take(session, ME, CORE, TERMS, wanted, now)[0]


def left(store: Store, resource: str = CORE) -> int:
    with store.reading() as session:
        (found,) = [each for each in budgets.listing(session) if each.resource == resource]
        return found.remaining


def asked(budget: Budget, resource: str, most: int) -> int:
    """How often may be asked before the budget refuses."""
    for number in range(most):
        try:
            budget.ask(resource)
        except RateLimited:
            return number
    return most


def test_a_reserve_is_left_and_a_new_window_is_full(store: Store) -> None:
    minutes = [NOON + timedelta(minutes=minute) for minute in range(3)]
    assert [take(store, 50, now) for now in minutes] == [50, 40, 0]
    with store.changing() as session:
        _, again = budgets.take(session, ME, CORE, TERMS, 1, minutes[2])
    assert again == NOON + timedelta(hours=1, seconds=1)
    assert take(store, 50, again) == 50


def test_no_minute_has_more_than_its_share(store: Store) -> None:
    assert [take(store, 40, NOON), take(store, 40, NOON)] == [40, 20]
    with store.changing() as session:
        assert budgets.take(session, ME, CORE, TERMS, 1, NOON) == (0, NOON + timedelta(minutes=1))


def test_those_who_take_at_once_never_get_more_than_there_is(store: Store) -> None:
    def worker(_: int) -> int:
        taken = 0
        for _ in range(20):
            with store.changing() as session:
                taken += budgets.take(session, ME, GRAPHQL, TERMS, 7, NOON)[0]
        return taken

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(worker, range(6))) == TERMS.per_minute


def test_the_lower_of_ours_and_the_servers_numbers_counts(store: Store) -> None:
    with Budget(store, ME) as mine:
        mine.ask(CORE)
        mine.note(CORE, headers(4000))
    assert left(store) == 4000
    with Budget(store, ME) as mine:
        mine.ask(CORE)
        mine.note(CORE, headers(4500))  # an answer that was long under way
    assert left(store) < 4000
    with Budget(store, ME) as mine:
        mine.ask(CORE)
        mine.note(CORE, headers(4990, resets_in=3600))  # another window
    assert left(store) == 4990


def test_what_others_spend_with_the_same_token_is_seen(store: Store) -> None:
    with Budget(store, ME) as mine:
        mine.ask(CORE)
        mine.note(CORE, headers(30))
        with pytest.raises(RateLimited) as raised:
            mine.ask(CORE)
    assert 1700 < (raised.value.retry_after or 0) < 1900


def test_what_was_borrowed_and_not_used_comes_back(store: Store) -> None:
    with Budget(store, ME) as mine:
        mine.ask(GRAPHQL)
        assert left(store, GRAPHQL) < 4999
    assert left(store, GRAPHQL) == 4999


def test_a_pause_is_everybodys(store: Store) -> None:
    with Budget(store, ME) as mine, Budget(store, ME) as other:
        assert mine.refused(CORE, 120).retry_after == pytest.approx(120, abs=1)
        with pytest.raises(RateLimited) as raised:
            other.ask(CORE)
        assert (raised.value.retry_after or 0) > 110
        other.ask(GRAPHQL)  # another resource is another matter


def test_a_pause_without_a_time_doubles_until_an_answer_comes(store: Store) -> None:
    with Budget(store, ME) as mine:
        waits = [mine.refused(CODE_SEARCH, None).retry_after or 0 for _ in range(3)]
    assert waits == pytest.approx([60, 120, 240], abs=2)


def test_identities_do_not_share(store: Store) -> None:
    with Budget(store, ME) as mine, Budget(store, "token-other") as other:
        mine.refused(CORE, 120)
        other.ask(CORE)


def test_only_so_many_connections_at_once(store: Store) -> None:
    busy = [Budget(store, ME) for _ in range(MOST_CONNECTIONS)]
    for each in busy:
        each.ask(CORE)
    with Budget(store, ME) as late:
        with pytest.raises(RateLimited, match="others are at it"):
            late.ask(CORE)
        busy[0].close()
        late.ask(CORE)
    for each in busy[1:]:
        each.close()


def test_code_search_is_asked_nine_times_a_minute(store: Store) -> None:
    with Budget(store, ME) as mine:
        assert asked(mine, CODE_SEARCH, 20) == 9


@pytest.mark.parametrize(
    "odd", [{}, {"X-RateLimit-Limit": "x"}, {"X-RateLimit-Limit": "5", "X-RateLimit-Reset": "9" * 30}]
)
def test_headers_that_say_nothing_change_nothing(store: Store, odd: dict[str, str]) -> None:
    with Budget(store, ME) as mine:
        mine.ask(CORE)
        mine.note(CORE, odd)
    assert left(store) == 4999

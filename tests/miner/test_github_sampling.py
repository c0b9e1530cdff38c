"""Samples: each id of a stratum is as likely to be drawn, and what was drawn never depends on what is found."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr
from sqlalchemy import delete

from miner.errors import GitHubUnavailable, RateLimited
from miner.github.access import Access
from miner.github.crawl import Patience
from miner.github.nodeids import encoding_holds, node_id
from miner.github.sampling import Plan, SampleProgress, Sampler, draw
from miner.settings import Settings
from miner.store import Filters, RepositoryInfo, Store, opt_outs, samples
from miner.store.models import BudgetRow, SampleDrawRow
from tests.support.emulated_github import EmulatedGitHub, Limits, Repo, population


@pytest.fixture
def github() -> Iterator[EmulatedGitHub]:
    repos = population(1500, seed=3)
    newest = max(repo.id for repo in repos)
    # What is hours old tells the newest id.
    fresh = [Repo(newest + number, "new", f"n{number}", 10**10, 10**10) for number in range(1, 9)]
    with EmulatedGitHub([*repos, *fresh]) as server:
        yield server


def sampled(
    github: EmulatedGitHub, store: Store, settings: Settings, plan: Plan, *, token: bool = True, wait: bool = True
) -> SampleProgress:
    changed = {"github_url": github.url, "github_token": SecretStr("ghp_planted") if token else None}
    used = settings.model_copy(update=changed)

    async def go() -> SampleProgress:
        async with Access(used, store) as access:
            return await Sampler(store, access, Patience(_no_one, wait=wait)).run(plan, lambda progress: None)

    return asyncio.run(go())


def _no_one(seconds: float, reason: str) -> None:
    raise AssertionError(f"nobody was to wait {seconds} s: {reason}")


def outcomes(store: Store, name: str) -> dict[int, str]:
    """What each drawn id turned out to be."""
    with store.reading() as session:
        found = samples.by_name(session, name)
        assert found is not None
        rows = session.query(SampleDrawRow).filter_by(sample_id=found.id)
        return {row.github_id: row.outcome or "" for row in rows}


def truth(github: EmulatedGitHub, github_id: int, *, languages: bool) -> str:
    repo = github.repos.get(github_id)
    if repo is None or not repo.shown:
        return "nothing"
    return "python" if not languages or "Python" in repo.languages else "other"


@pytest.mark.parametrize(
    ("github_id", "given"),
    [(358664529, "R_kgDOFWDJUQ"), (1, "R_kgAB"), (200, "R_kgDMyA"), (1000, "R_kgDNA-g"), (2**32, "R_kgDPAAAAAQAAAAA")],
)
def test_node_ids_are_those_that_github_gives(github_id: int, given: str) -> None:
    assert node_id(github_id) == given


def test_another_encoding_is_noticed() -> None:
    assert encoding_holds([RepositoryInfo("o", "n", github_id=7, node_id=node_id(7))])
    assert not encoding_holds([RepositoryInfo("o", "n", github_id=7, node_id="MDEwOlJlcG9zaXRvcnk3")])
    assert not encoding_holds([])


@pytest.mark.parametrize("token", [True, False], ids=["node ids", "pages"])
def test_every_draw_is_looked_up_and_what_it_is_is_noted(
    github: EmulatedGitHub, store: Store, settings: Settings, token: bool
) -> None:
    done = sampled(github, store, settings, Plan("round", 700, 7, seed=5), token=token)
    found = outcomes(store, "round")
    assert len(found) == done.draws == done.done == 700
    assert found == {each: truth(github, each, languages=token) for each in found}
    assert done.sample.max_id == max(github.repos)
    noted = store.list_repositories(Filters(source=("sample",)), limit=1000).items
    assert {item.repository.github_id for item in noted} == {each for each, what in found.items() if what == "python"}
    assert len(github.requests) <= (9 if token else 40)


def test_the_design_has_what_an_estimate_needs(github: EmulatedGitHub, store: Store, settings: Settings) -> None:
    done = sampled(github, store, settings, Plan("round", 300, 3, seed=5))
    with store.reading() as session:
        strata = samples.design(session, done.sample.id)
    assert [each.stratum.draws for each in strata] == [100, 100, 100]
    assert strata[0].stratum.first_id == 1
    assert strata[-1].stratum.last_id == done.sample.max_id
    assert sum(each.stratum.size for each in strata) == done.sample.max_id
    for each in strata:
        assert each.stratum.inclusion_probability == 100 / each.stratum.size
        assert sum(each.outcomes.values()) == 100
        assert None not in each.outcomes
    # Horvitz and Thompson's estimate of how many public repositories there are.
    public = ("python", "other")
    estimate = sum(
        number / each.stratum.inclusion_probability
        for each in strata
        for outcome, number in each.outcomes.items()
        if outcome in public
    )
    assert estimate == pytest.approx(sum(repo.shown for repo in github.repos.values()), rel=0.25)


def test_a_round_goes_on_where_it_was_and_draws_nothing_anew(
    github: EmulatedGitHub, store: Store, settings: Settings
) -> None:
    github.limits = Limits({"core": 10**9, "search": 10**9, "code_search": 1, "graphql": 54}, seconds=3600)
    with pytest.raises(RateLimited):
        sampled(github, store, settings, Plan("round", 900, 4, seed=5), wait=False)
    begun = outcomes(store, "round")
    assert Counter(begun.values())[""] == 900 - 300
    github.limits = Limits({"core": 10**9, "search": 10**9, "code_search": 1, "graphql": 10**6}, seconds=3600)
    with store.changing() as session:
        session.execute(delete(BudgetRow))
    asked = len(github.requests)
    sampled(github, store, settings, Plan("round", 5, 1, seed=99))
    finished = outcomes(store, "round")
    assert set(finished) == set(begun)
    assert len(github.requests) - asked == 6


def test_who_opted_out_is_counted_and_not_noted(github: EmulatedGitHub, store: Store, settings: Settings) -> None:
    plan = Plan("round", 300, 3, seed=5)
    drawn = [each for _, ids in draw(max(github.repos), 3, 300, 5) for each in ids]
    public = next(each for each in drawn if truth(github, each, languages=True) == "python")
    with store.changing() as session:
        opt_outs.add(session, "id", str(public), None, datetime.now(UTC))
    sampled(github, store, settings, plan)
    assert outcomes(store, "round")[public] == "opted_out"
    assert store.get_repository_by_github_id(public) is None


def test_ids_are_drawn_evenly_without_replacement() -> None:
    counts: Counter[int] = Counter()
    for seed in range(600):
        for stratum, ids in draw(60, 3, 18, seed):
            assert len(ids) == len(set(ids)) == stratum.draws == 6
            assert all(stratum.first_id <= each <= stratum.last_id for each in ids)
            counts.update(ids)
    # Each of 60 ids is expected 180 times, with a standard deviation of 11.
    assert set(counts) == set(range(1, 61))
    assert all(120 < number < 240 for number in counts.values())


def test_a_sample_larger_than_the_population_takes_all_of_it() -> None:
    drawn = draw(10, 4, 50, 1)
    assert [each for _, ids in drawn for each in ids] == list(range(1, 11))


def test_ids_that_nobody_answers_for_end_it(github: EmulatedGitHub, store: Store, settings: Settings) -> None:
    github.too_many_nodes = 0
    with pytest.raises(GitHubUnavailable, match="does not answer"):
        sampled(github, store, settings, Plan("round", 3, 1, seed=5))

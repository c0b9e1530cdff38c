"""Pages of figures that rest on more than the latest verdicts: the bug through time, and seeds in the wild."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, Response

from analysis.history.story import Episode, History, Step
from analysis.prevalence import MEASUREMENTS, Interval
from api import history_words
from api.drawing import Whisker, survival, whiskers
from api.permalink import Website
from api.rest.estimates import all_of
from api.rest.research import seeds_of
from api.schemas.research import (
    CheckDocument,
    CoverageDocument,
    IntervalDocument,
    PlaceDocument,
    SeedDocument,
)
from api.state import Shared, SharedDep
from api.tables import as_csv, download, quiet
from api.through_time import ThroughTime, through_time
from miner.store import Store
from miner.store.records import Repository

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_SHOWN_VALUES = 20


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step with its words and the address of its diff."""

    step: Step
    what: str
    diff: str | None


@dataclass(frozen=True, slots=True)
class ShownHistory:
    """A history as the repository's page tells it."""

    history: History
    steps: list[ShownStep]
    lives: list[str]


def history_of(store: Store, repository: Repository, website: Website) -> ShownHistory | None:
    """What the repository's page shows of its history, None where nobody has followed it."""
    stored = store.histories.find(repository.id)
    if stored is None:
        return None
    steps = [
        ShownStep(step, _what(step), website.commit(repository.host, repository.owner, repository.name, step.commit))
        for step in stored.history.steps
    ]
    return ShownHistory(stored.history, steps, [life(episode) for episode in stored.history.episodes])


def life(episode: Episode) -> str:
    """A life of the bug in one sentence."""
    end = (
        f"ended on {episode.ended_on} by {history_words.ENDING_NAME[episode.ended_by]}"
        if episode.ended_by
        else f"was still there on {episode.last_seen_on}"
    )
    tried = {0: "", 1: ", after one fix that did not end it"}.get(
        episode.attempts, f", after {episode.attempts} fixes that did not end it"
    )
    return f"It came on {episode.began_on} and {end}{tried}."


@router.get("/history")
def history(shared: SharedDep) -> Response:
    """The bug through time, over all repositories that somebody followed."""
    return HTMLResponse(shared.fresh.get("history page", lambda: _history(shared), shared.store.histories.mark))


def _history(shared: Shared) -> bytes:
    found = _through_time(shared.store)
    page = shared.pages.render(
        "through_time.html",
        here="/history",
        found=found,
        endings=[(history_words.ENDING_NAME[each.by], each) for each in found.endings],
        curve=survival("Share of the bugs that are still alive, by age in years", found.survival, found.longest_days)
        if found.survival
        else None,
        by_year=whiskers(
            "Share of the repositories that could have the bug and had it, at the end of each year",
            [Whisker(str(year.year), year.share, year.interval) for year in found.years],
        ),
        api_url="/api/v1/stats/history",
    )
    return bytes(page.body)


@router.get("/history/{slug}.csv")
def history_table(shared: SharedDep, slug: Annotated[str, Path(max_length=40)]) -> Response:
    """A table of the page of the bug through time."""
    tables = shared.fresh.get("history tables", lambda: _history_tables(shared), shared.store.histories.mark)
    return download(tables, slug)


def _through_time(store: Store) -> ThroughTime:
    return through_time(store.histories.episodes(), store.histories.states(), datetime.now(UTC).date())


def _history_tables(shared: Shared) -> dict[str, str]:
    found = _through_time(shared.store)
    survival = [
        [int(step.days), step.at_risk, step.ended, step.share, *_ends(step.interval)] for step in found.survival
    ]
    years = [[one.year, one.eligible, one.affected, one.share, *_ends(one.interval)] for one in found.years]
    endings = [[one.by, one.count, "yes" if one.real else "no"] for one in found.endings]
    return {
        "survival": as_csv([["days", "alive until then", "ended", "still alive", "low", "high"], *survival]),
        "endings": as_csv([["by", "lives", "a fix"], *endings]),
        "years": as_csv([["year", "could have it", "had it", "share", "low", "high"], *years]),
    }


def _ends(interval: Interval | IntervalDocument) -> tuple[float, float]:
    return interval.low, interval.high


@router.get("/estimates")
def estimates(shared: SharedDep) -> Response:
    """How common the bug is on GitHub, from random samples alone."""
    return shared.pages.render(
        "estimates.html",
        here="/estimates",
        samples=shared.fresh.get("estimates", lambda: all_of(shared.store)).samples,
        measurement=MEASUREMENTS[-1],
        api_url="/api/v1/stats/estimates",
    )


@router.get("/seeds")
def seeds_in_the_wild(shared: SharedDep) -> Response:
    """Which values people seed with, and how often the companion checks fire."""
    found = seeds_of(shared)
    values = [seed for place, seed in enumerate(found.values) if place < _SHOWN_VALUES or seed.notable]
    return shared.pages.render("seeds.html", here="/seeds", found=found, values=values, api_url="/api/v1/stats/seeds")


@router.get("/seeds/{slug}.csv")
def seeds_table(shared: SharedDep, slug: Annotated[str, Path(max_length=40)]) -> Response:
    """A table of the page of seeds in the wild."""
    return download(shared.fresh.get("seeds tables", lambda: _seeds_tables(shared), shared.mark), slug)


_Counted = SeedDocument | PlaceDocument | CoverageDocument | CheckDocument


def _seeds_tables(shared: Shared) -> dict[str, str]:
    found = seeds_of(shared)
    kinds: dict[str, tuple[str, Iterable[tuple[object, _Counted]]]] = {
        "coverage": ("seeds", ((one.coverage, one) for one in found.coverage)),
        "places": ("call", ((quiet(one.api), one) for one in found.places)),
        "values": ("value", ((one.value, one) for one in found.values)),
        "checks": ("check", ((one.code, one) for one in found.checks)),
    }
    tables = {
        slug: as_csv(
            [
                [column, "repositories", "share", "low", "high"],
                *([name, one.repositories, one.share, *_ends(one.interval)] for name, one in rows),
            ]
        )
        for slug, (column, rows) in kinds.items()
    }
    return {"runs": as_csv([["seeds with", "repositories"], *found.runs.items()]), **tables}


def _what(step: Step) -> str:
    words = history_words.EVENT_NAME[step.event]
    return f"{words} by {history_words.ENDING_NAME[step.ended_by]}" if step.ended_by else words

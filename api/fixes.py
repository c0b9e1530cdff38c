"""Which fixes people write, and which of them work, for programs and for the page."""

from collections.abc import Mapping
from typing import Final, cast, get_args

from analysis.history.change import REAL_FIXES
from analysis.prevalence import wilson
from analysis.report import Reseed, Verdict
from api import words
from api.answers import API
from api.filters import rows_address, rows_behind
from api.schemas.fixes import AttemptDocument, EndingCountDocument, FixesAnswer, WrittenDocument
from api.schemas.research import IntervalDocument
from api.through_time import TRIES
from miner.store import Store
from miner.store.records import Prevalence
from miner.store.tries import Attempted

_LIST: Final = f"{API}/repos"


def fixes(store: Store) -> FixesAnswer:
    """Reseeding in the code that was scanned, and what commits did to the bug in the repositories with a history."""
    by_reseed = {group.group: group for group in store.prevalence("reseed")}
    ended, attempted = store.tries.ended(), store.tries.attempted()
    fixed = sum(each.commits for each in ended if each.by in REAL_FIXES)
    failed = sum(each.commits for each in attempted)
    interval = wilson(fixed, fixed + failed)
    return FixesAnswer(
        written=_written(by_reseed),
        ended=[
            EndingCountDocument(
                by=each.by,
                real=each.by in REAL_FIXES,
                commits=each.commits,
                repositories=each.repositories,
                rows=rows_address(TRIES, {"ended_by": each.by}),
            )
            for each in ended
        ],
        attempts=[
            AttemptDocument(
                form=each.form,
                form_title=words.form(each.form or ""),
                reseed=cast("Reseed | None", each.reseed),
                commits=each.commits,
                repositories=each.repositories,
                rows=_tries(each),
            )
            for each in attempted
        ],
        fixed=fixed,
        attempted=failed,
        fixed_rows=rows_address(TRIES, {"works": True}),
        attempted_rows=rows_address(TRIES, {"works": False}),
        share_that_work=fixed / (fixed + failed) if fixed + failed else None,
        interval=IntervalDocument(low=interval.low, high=interval.high),
    )


def _written(by_reseed: Mapping[str | None, Prevalence]) -> list[WrittenDocument]:
    found: list[WrittenDocument] = []
    for reseed in cast("tuple[Reseed, ...]", get_args(Reseed)):
        group = by_reseed.get(reseed)
        if group is None or reseed == "none":
            # Who reseeds nothing has written no fix.
            continue
        works, fails = group.verdicts.get("mitigated", 0), group.affected
        found.append(
            WrittenDocument(
                reseed=reseed,
                repositories=group.eligible,
                works=works,
                fails=fails,
                unknown=group.eligible - works - fails,
                share_that_works=works / (works + fails) if works + fails else None,
                rows=rows_address(_LIST, rows_behind("eligible", "reseed", reseed)),
                works_rows=_of_verdict("mitigated", reseed),
                fails_rows=rows_address(_LIST, rows_behind("affected", "reseed", reseed)),
                unknown_rows=_of_verdict("unknown", reseed),
            )
        )
    return found


def _of_verdict(verdict: Verdict, reseed: Reseed) -> str:
    return rows_address(_LIST, {**rows_behind("eligible", "reseed", reseed), "verdict": verdict})


def _tries(each: Attempted) -> str:
    """The address of the commits of an attempt's form and reseeding."""
    alike = {"form": each.form, "reseed": each.reseed}
    return rows_address(TRIES, {"works": False, **{name: value for name, value in alike.items() if value is not None}})

"""The answer to how common the bug is: over all that was scanned, or over a random sample with its intervals."""

from datetime import date
from typing import Final, Literal

from api.filters import rows_address, rows_behind, rows_of
from api.problems import INVALID, NO_SAMPLE, Problem
from api.sampled import FigureOf, SampleGroups, groups
from api.schemas import Coverage, Figure, FunnelDocument, PrevalenceAnswer, PrevalenceGroup
from miner.store import Store
from miner.store.records import FUNNEL_STEPS, Filters, FunnelStep, Prevalence, PrevalenceBy

_LIST: Final = "/api/v1/repos"


def census(store: Store, by: PrevalenceBy | None, as_of: date | None) -> PrevalenceAnswer:
    """Over the latest scans, or over those that were the latest at the end of a day."""
    store.fold_tallies()
    counts = store.prevalence(by, as_of=as_of)
    whole = counts[0] if by is None else store.prevalence(as_of=as_of)[0]
    states = store.states()
    return PrevalenceAnswer(
        population="census",
        sample=None,
        as_of=as_of,
        by=by,
        groups=[_group(by, count, as_of=as_of) for count in counts],
        funnel=FunnelDocument.model_validate(store.funnel(as_of=as_of)),
        funnel_rows=_funnel_rows(as_of=as_of),
        coverage=Coverage(
            repositories=sum(states.repositories.values()),
            scanned=whole.scanned,
            undecided=whole.undecided,
            states=states.repositories,
            rows={state: rows_address(_LIST, {"state": state}) for state in states.repositories},
            last_finished_at=states.last_finished_at,
        ),
    )


def sampled(store: Store, by: PrevalenceBy | None, as_of: date | None) -> PrevalenceAnswer:
    """Over the newest finished sample. Raises Problem where there is none, and for a day gone by."""
    if as_of is not None:
        raise Problem(INVALID, "`as_of` goes with the census: a sample stands for the day on which it was drawn.")
    name = store.sampled.newest()
    data = None if name is None else store.sampled.cells(name, by)
    if data is None:
        raise Problem(NO_SAMPLE, "There is no sample of which every number was looked up.")
    wanted = Filters(sample=data.sample.name)
    counts, whole = store.prevalence(by, wanted), store.prevalence(None, wanted)[0]
    found = groups(data)
    return PrevalenceAnswer(
        population="sample",
        sample=data.sample.name,
        as_of=None,
        by=by,
        groups=[_group(by, count, sample=found) for count in counts],
        funnel=FunnelDocument.model_validate(store.funnel(wanted)),
        funnel_rows=_funnel_rows(sample=data.sample.name),
        coverage=Coverage(
            repositories=sum(data.states.values()),
            scanned=whole.scanned,
            undecided=whole.undecided,
            states=data.states,
            rows={state: rows_address(_LIST, {"state": state, "sample": data.sample.name}) for state in data.states},
            last_finished_at=store.states().last_finished_at,
        ),
    )


def _funnel_rows(*, sample: str | None = None, as_of: date | None = None) -> dict[Literal["scanned"] | FunnelStep, str]:
    among = rows_of(sample=sample, as_of=as_of)
    return {
        "scanned": rows_address(_LIST, among),
        **{step: rows_address(_LIST, {**among, "passed": step}) for step in FUNNEL_STEPS},
    }


def _group(
    by: PrevalenceBy | None, count: Prevalence, *, sample: SampleGroups | None = None, as_of: date | None = None
) -> PrevalenceGroup:
    estimates = {} if sample is None else sample.groups.get(count.group, {})
    name = None if sample is None else sample.data.sample.name

    def figure(which: FigureOf, numerator: int, unknown: int) -> Figure:
        query = rows_behind(which, by, count.group, sample=name, as_of=as_of)
        estimate = estimates.get(which)
        plain = numerator / count.eligible if count.eligible else None
        return Figure(
            numerator=numerator,
            denominator=count.eligible,
            share=plain if estimate is None else estimate.share,
            unknown=unknown,
            interval=None if estimate is None else (estimate.interval.low, estimate.interval.high),
            rows=rows_address(_LIST, query),
        )

    return PrevalenceGroup(
        group=count.group,
        scanned=count.scanned,
        eligible=count.eligible,
        not_eligible=count.not_eligible,
        undecided=count.undecided,
        affected=figure("affected", count.affected, count.verdicts.get("unknown", 0)),
        legacy=figure("legacy", count.legacy_bug, count.legacy_unknown),
        modern=figure("modern", count.modern_bug, count.modern_unknown),
        verdicts=count.verdicts,
        rows=rows_address(_LIST, rows_of(by, count.group, sample=name, as_of=as_of)),
    )

"""The analyzer reads off a row's program what happens when it runs (`test_real_dataloader` shows that it does)."""

from pathlib import Path

import pytest

from analysis.engine import analyse
from analysis.report import Outcome, Pair, Report
from analysis.tree import DirectoryTree

from .cases import CASES, Case
from .table import Row

WEIGHED = [case for case in CASES if case.row.counts and case.row.not_eligible is None]
WEIGHTLESS = [case for case in CASES if not case.row.counts]
NOT_ELIGIBLE = [case for case in CASES if case.row.not_eligible is not None]
LINUX_HABIT = [case.row for case in WEIGHED if not case.persistent and case.row.spawn and not case.row.own_start]


def report_of(case: Case, folder: Path) -> Report:
    return analyse(DirectoryTree.single(case.program(folder)))


def worst_counting(report: Report) -> Pair:
    """Pairs are listed worst first."""
    return next(pair for pair in report.pairs if pair.counts)


@pytest.mark.parametrize("case", WEIGHED, ids=lambda case: case.name)
def test_outcome(case: Case, tmp_path: Path) -> None:
    report = report_of(case, tmp_path)
    assert (report.eligible, report.legacy, report.modern) == (True, *case.outcomes), why(report)
    pair = worst_counting(report)
    assert (pair.legacy, pair.modern) == case.outcomes, pair.why


@pytest.mark.parametrize("case", WEIGHED, ids=lambda case: case.name)
def test_reasons(case: Case, tmp_path: Path) -> None:
    pair = worst_counting(report_of(case, tmp_path))
    assert pair.draw_kind in case.row.draw_kind
    # Workers that live on make a seed that stands still a good one.
    assert pair.reseed in (case.row.reseed if not case.persistent else {*case.row.reseed, "good", "epoch"})
    assert pair.workers == case.row.workers
    # A loader that is built again in each epoch may ask for workers that live on and not get them.
    assert not pair.persistent_workers or "persistent_workers=True" in case.program(tmp_path).read_text()
    assert pair.overlap == case.row.overlap
    if case.row.same_every_run and not case.persistent:
        assert pair.same_every_run


@pytest.mark.parametrize("case", WEIGHTLESS, ids=lambda case: case.name)
def test_listed_without_weight(case: Case, tmp_path: Path) -> None:
    report = report_of(case, tmp_path)
    assert (report.legacy, report.modern) == ("clean", "clean"), why(report)
    pair = next(pair for pair in report.pairs if not pair.counts)
    assert (pair.legacy, pair.modern) == case.outcomes
    assert pair.draw_kind in case.row.draw_kind
    assert pair.counts_why


@pytest.mark.parametrize("case", NOT_ELIGIBLE, ids=lambda case: case.name)
def test_not_eligible(case: Case, tmp_path: Path) -> None:
    report = report_of(case, tmp_path)
    assert (report.eligible, report.why_not_eligible) == (False, case.row.not_eligible), why(report)
    assert (report.legacy, report.modern, report.verdict) == ("clean", "clean", "not_eligible")


@pytest.mark.parametrize("row", LINUX_HABIT, ids=lambda row: row.name)
def test_environments(row: Row, tmp_path: Path) -> None:
    """What the report says of other start methods, for programs that leave the choice to the system."""
    report = report_of(Case(row), tmp_path)
    assert (environment(report, "fork"), environment(report, "spawn")) == (row.outcomes, row.spawn)


def environment(report: Report, start: str) -> tuple[Outcome, ...]:
    """Legacy and modern outcome where workers start in this way."""
    return tuple(
        next(
            environment.outcome
            for environment in report.environments
            if environment.torch == torch and environment.start in {start, "any"}
        )
        for torch in ("<1.9", ">=1.9")
    )


def why(report: Report) -> str:
    """For the reader of a failure."""
    return "; ".join([pair.why for pair in report.pairs] or [report.unknown_why or "no pair"])

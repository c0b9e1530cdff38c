"""Reports made by hand, for tests of what is done with reports."""

from typing import Any

from analysis.report import (
    SCHEMA,
    AnalyzerInfo,
    Cost,
    Draw,
    Funnel,
    Pair,
    Report,
    TorchFact,
)

COMMIT = "a" * 40


def pair(**changes: Any) -> Pair:
    """A pair with the plain form of the bug: a global draw, no reseeding, four workers."""
    plain = Pair(
        id="pair-1",
        code="WS101",
        counts=True,
        counts_why=None,
        legacy="duplicate",
        modern="clean",
        draws=[
            Draw(
                path="data/set.py",
                line=41,
                api="numpy.random.randint",
                kind="global",
                via=["data/set.py:30 TrainSet.__getitem__"],
            )
        ],
        draw_kind="global",
        entry="data/set.py:30",
        dataset="TrainSet",
        loader="train.py:88",
        workers="default",
        workers_value=4,
        workers_evidence="train.py:17",
        reseed="none",
        reseed_at=None,
        persistent_workers=False,
        start_method=None,
        train=True,
        overlap=False,
        same_every_run=False,
        distinct_share=0.25,
        why="Every worker draws the same numbers.",
        fix=None,
    )
    return plain.model_copy(update=changes)


def report(**changes: Any) -> Report:
    """The report of a repository with that one pair, on any torch."""
    plain = Report(
        schema_=SCHEMA,
        analyzer=AnalyzerInfo(version="0.1.0", facts=1, python="3.11"),
        repo="owner/name",
        commit=COMMIT,
        commit_date="2021-04-11",
        eligible=True,
        legacy="duplicate",
        modern="clean",
        verdict="affected_on_old_torch",
        torch=TorchFact(range="open"),
        versions={},
        environments=[],
        why_not_eligible=None,
        unknown_why=None,
        funnel=Funnel(
            imports_torch=True,
            custom_code_in_loader=True,
            numpy_draw=True,
            draw_in_worker=True,
            multiprocess_loader=True,
        ),
        pairs=[pair()],
        checks=[],
        seeds=[],
        unread=[],
        cost=Cost(files=2, parsed=2, bytes=100, seconds=0.1),
    )
    return plain.model_copy(update=changes)


def not_eligible(*steps: str, **changes: Any) -> Report:
    """A report that ends at an early step of the funnel; `steps` are those that hold."""
    funnel = Funnel(**{name: name in steps for name in Funnel.__struct_fields__})
    return report(
        eligible=False,
        legacy="clean",
        modern="clean",
        verdict="not_eligible",
        why_not_eligible="no_torch",
        funnel=funnel,
        pairs=[],
    ).model_copy(update=changes)

"""The configuration of a project, and the findings that follow from it."""

import pytest

from analysis.policy import Policy, PolicyError, findings, read_policy
from analysis.report import Answer, CheckFinding, TorchFact
from tests.support.reports import pair, report

OPEN = TorchFact(range="open")


def test_a_project_that_says_nothing_is_told_everything():
    assert read_policy(None) == read_policy(b"[tool.ruff]\n") == read_policy(b"no toml [") is None


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ('torch = ">=2"', "torch"),
        ("severity = 3", "severity"),
        ('path = ["src"]', "path"),
        ("ignore = 'RP1'", "ignore"),
    ],
)
def test_a_wrong_key_is_named(table, key):
    with pytest.raises(PolicyError, match=rf"\[tool.seedwatch\] {key}"):
        read_policy(f"[tool.seedwatch]\n{table}\n".encode())


@pytest.mark.parametrize(
    ("table", "severity"),
    [
        ("", "error"),
        ('severity = {"<1.9" = "warning"}', "warning"),
        ('severity = {">=1.9" = "warning"}', "error"),
        ('severity = {"<1.9" = "off"}', None),
        ('torch = ">=1.9"', "note"),
        ('torch = "<1.9"', "error"),
        ('paths = ["data"]', "error"),
        ('paths = ["train.py"]', "error"),
        ('paths = ["src/**"]', None),
        ('exclude = ["data/"]', None),
        ('exclude = ["test*"]', "error"),
    ],
)
def test_what_a_bug_below_torch_1_9_counts_for(table, severity):
    policy = read_policy(f"[tool.seedwatch]\n{table}\n".encode())
    told = findings(report(torch=OPEN), policy)
    assert [finding.severity for finding in told] == ([] if severity is None else [severity])


def test_what_does_not_count_is_a_note_and_does_not_fail():
    (finding,) = findings(report(pairs=[pair(counts=False, counts_why="by design")]), Policy())
    assert (finding.severity, finding.fails) == ("note", False)


def test_what_the_repository_answers_does_not_fail():
    answer = Answer(finding="pair-1", code="WS101", says="accepted", reason="known", place=".seedwatch.toml")
    (finding,) = findings(report(answers=[answer]), Policy())
    assert (finding.accepted, finding.fails) == ("accepted: known", False)


def test_companion_checks_are_warnings_that_fail():
    check = CheckFinding(id="c", code="RP101", path="train.py", line=3, message="m", related=["a.py:4"])
    (finding,) = findings(report(pairs=[], checks=[check]), Policy())
    assert (finding.severity, finding.fails, [str(place) for place in finding.places]) == (
        "warning",
        True,
        ["train.py:3", "a.py:4"],
    )

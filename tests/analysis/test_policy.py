"""The configuration of a project, and the findings that follow from it."""

import pytest

from analysis.policy import NotTomlError, Policy, PolicyError, findings, read_policy, require_matches
from analysis.report import Answer, CheckFinding, TorchFact
from tests.support.reports import pair, report

OPEN = TorchFact(range="open")


def test_a_project_that_says_nothing_is_told_everything():
    for data in (None, b"[tool.ruff]\n", b"tool = 3\n"):
        assert read_policy(data) is None


def test_a_file_that_is_no_toml_may_have_said_something():
    with pytest.raises(NotTomlError, match="line 3"):
        read_policy(b'[tool.seedwatch]\nignore = ["RP104"\n[tool.ruff]\n')


@pytest.mark.parametrize("code", ["WS101", "RP999", "rp101", "XY"])
@pytest.mark.parametrize("key", ["ignore", "select"])
def test_only_companion_checks_are_selected_and_ignored(key, code):
    with pytest.raises(PolicyError, match=rf"{key}: '{code}' is no companion check; RP101, "):
        read_policy(f'[tool.seedwatch]\n{key} = ["RP10", "{code}"]\n'.encode())


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('torch = ">=2"', "torch: '>=2' is not one of <1.9, >=1.9, open"),
        ('severity = {"<1.9" = "bad"}', "severity[...]: 'bad' is not one of error, warning, note, off"),
        ('severity = {"<2" = "off"}', "severity: '<2' is not one of <1.9, >=1.9"),
        ("paths = 'src'", "paths: Expected a list, got a text"),
        ("paths = [3]", "paths[0]: Expected a text, got a number"),
        ("path = []", "path: there is no such key; there are paths, exclude, select, "),
    ],
)
def test_what_is_wrong_is_said_in_words(table, words):
    with pytest.raises(PolicyError) as caught:
        read_policy(f"[tool.seedwatch]\n{table}\n".encode())
    assert str(caught.value).startswith(f"[tool.seedwatch] {words}")


def test_a_folders_settings_count_from_the_folder():
    policy = read_policy(b'[tool.seedwatch]\npaths = ["src"]\nexclude = ["test*"]\nbaseline = "known.json"\n')
    assert policy is not None
    inside = policy.in_folder("a [b]/")
    assert (inside.paths, inside.exclude) == (["a [[]b]/src"], ["a [[]b]/test*"])
    assert inside.baseline == "a [b]/known.json"
    require_matches(inside, ["a [b]/src/train.py"])
    with pytest.raises(PolicyError, match="matches no file"):
        require_matches(inside, ["src/train.py"])


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

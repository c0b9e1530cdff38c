"""The companion checks, on the examples that stand beside them: each fires where it is marked and nowhere else."""

import re
from textwrap import dedent

import pytest

from analysis.checks.base import Check, Example
from analysis.checks.registry import all_checks

EXAMPLES = [
    pytest.param(check, example, id=f"{check.code}-{example.title}")
    for check in all_checks()
    for example in (*check.flagged, *check.passed)
]
_MARK = re.compile(r"# (RP\d+(?: RP\d+)*)$")


def sources(example: Example) -> dict[str, str]:
    return {path: dedent(text).lstrip("\n") for path, text in example.files.items()}


def marked(files: dict[str, str]) -> set[tuple[str, str, int]]:
    return {
        (code, path, number)
        for path, text in files.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if (match := _MARK.search(line))
        for code in match[1].split()
    }


@pytest.mark.parametrize(("check_", "example"), EXAMPLES)
def test_the_checks_fire_where_the_examples_say(check, check_: Check, example: Example):
    files = sources(example)
    report = check(files)
    found = {(finding.code, finding.path, finding.line) for finding in report.checks}
    assert found == marked(files), [finding.message for finding in report.checks]
    expected = example in check_.flagged
    assert (check_.code in {code for code, _, _ in found}) == expected


def test_codes_and_names_are_distinct():
    checks = all_checks()
    assert [check.code for check in checks] == [f"RP{100 + number}" for number in range(1, len(checks) + 1)]
    assert len({check.name for check in checks}) == len(checks)
    assert all(check.flagged and check.passed for check in checks)

"""How right the analyzer is on labelled repositories: the counts that `analysis/prevalence/labels.json` keeps.

    python -m benchmarks.labels LABELS.jsonl CLONES

LABELS has one JSON object a line: `repo`, `commit`, `eligible`, `legacy`, `modern`, read off the code by hand, with
null or `unclear` where they are open. CLONES has a repository for each as `owner+name` or `owner+name/repo`. Prints
one entry of the file; labels without a clone are left out and named.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analysis.engine import ANALYZER_VERSION, analyse
from analysis.report import BUGS
from miner.git import GitTree

Label = Mapping[str, Any]


def main(labels: Path, clones: Path) -> int:
    """Prints the counts; the exit status is 1 where a clone is missing."""
    answered = []
    missing = 0
    for line in labels.read_text("utf-8").splitlines():
        label: Label = json.loads(line)
        clone = clone_of(clones, label["repo"])
        if clone is None:
            missing += 1
            sys.stderr.write(f"no clone of {label['repo']}\n")
            continue
        answered.append((label, analyse(GitTree.open(clone, label["commit"]))))
    eligible = [(label, report) for label, report in answered if report.eligible]
    entry = {
        "date": datetime.now(UTC).date().isoformat(),
        "analyzer": ANALYZER_VERSION,
        "labels": len(answered),
        "repositories": len({label["repo"] for label, _ in answered}),
        "questions": {
            "eligible": _counts(
                (says_yes(label["eligible"], True), bool(report.eligible)) for label, report in answered
            ),
            "legacy": _counts((says_yes(label["legacy"], *BUGS), report.legacy in BUGS) for label, report in eligible),
            "modern": _counts((says_yes(label["modern"], *BUGS), report.modern in BUGS) for label, report in eligible),
        },
    }
    sys.stdout.write(json.dumps(entry, indent=2) + "\n")
    return 1 if missing else 0


def clone_of(clones: Path, repo: str) -> Path | None:
    """The repository of a label among clones, or None."""
    folder = clones / repo.replace("/", "+")
    return next((path for path in (folder / "repo", folder) if path.is_dir()), None)


def says_yes(value: object, *yes: object) -> bool | None:
    """Whether a label's answer is one of those, or None where it is open."""
    return None if value in (None, "unclear", "unknown") else value in yes


def _counts(answers: Iterable[tuple[bool | None, bool]]) -> dict[str, tuple[int, int]]:
    """`[right, asked]` for those that have it, and for those that have it not."""
    known: list[tuple[bool, bool]] = [(truth, said) for truth, said in answers if truth is not None]
    return {"sensitivity": _right(known, True), "specificity": _right(known, False)}


def _right(known: Iterable[tuple[bool, bool]], which: bool) -> tuple[int, int]:
    asked = [said for truth, said in known if truth == which]
    return sum(said == which for said in asked), len(asked)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))

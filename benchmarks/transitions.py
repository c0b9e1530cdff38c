"""Whether `seedwatch history` agrees with labels: repositories whose code was read by hand at several commits.

    python -m benchmarks.transitions LABELS.jsonl CLONES [--only PART]

LABELS has one JSON object a line: `repo`, `commit`, `eligible`, `legacy`, `modern`. Of each repository with two or
more, the history up to its newest labelled commit is followed; what it says of a labelled commit is the verdict of the
last step before it. A label beside the line of first parents agrees with what the history says before or after the
merge that brought it, whichever fits: the history tells of a merge as of one commit. Prints a row a label, with the
step whose diff is cited, and ends with status 1 where one disagrees.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis.history.story import History, Step
from benchmarks.labels import clone_of
from miner.git import GitTree
from miner.history import follow

Label = Mapping[str, Any]


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("clones", type=Path)
    parser.add_argument("--only", default="", help="only repositories with this in their name")
    given = parser.parse_args()
    labels: dict[str, list[Label]] = defaultdict(list)
    for text in given.labels.read_text("utf-8").splitlines():
        label = json.loads(text)
        labels[label["repo"]].append(label)
    print("| repository | commit | label | history | since | agrees |\n|---|---|---|---|---|---|")  # noqa: T201
    wrong = False
    for repo, its in sorted(labels.items()):
        clone = clone_of(given.clones, repo)
        if len(its) > 1 and clone is not None and given.only in repo:
            wrong |= not _agree(repo, sorted(its, key=lambda label: label["commit_date"]), clone)
    return int(wrong)


def _agree(repo: str, labels: Sequence[Label], clone: Path) -> bool:
    newest = GitTree.open(clone, labels[-1]["commit"])
    found = follow(newest)
    places = _places(newest)
    right = True
    for label in labels:
        labelled = (label["eligible"], label["legacy"], label["modern"])
        steps = [] if found is None else list(_steps_at(found, places, _brought_by(newest, places, label["commit"])))
        if steps and label["commit"] in places:
            steps = steps[:1]
        step = next((step for step in steps if step.verdicts[:3] == labelled), steps[0] if steps else None)
        said = None if step is None else step.verdicts[:3]
        agrees = said == labelled
        right &= agrees
        since = "-" if step is None else f"{step.date} {step.commit[:10]} {step.event}"
        print(  # noqa: T201
            f"| {repo} | {label['commit'][:10]} | {_words(label['eligible'], label['legacy'], label['modern'])} "
            f"| {'-' if said is None else _words(*said)} | {since} | {'yes' if agrees else 'no'} |",
            flush=True,
        )
    return right


def _places(tree: GitTree) -> dict[str, int]:
    """Every commit of the line of first parents, and how many come before it."""
    with tree.plumbing("rev-list", "--first-parent", "--reverse", tree.commit) as git:
        return {oid: place for place, oid in enumerate(git.output.read().decode().split())}


def _brought_by(tree: GitTree, places: Mapping[str, int], commit: str) -> str:
    """The first commit of the line that has `commit` in it: itself, or the merge that brought it."""
    if commit in places:
        return commit
    with tree.plumbing("rev-list", "--ancestry-path", f"{commit}..{tree.commit}") as git:
        later = [oid for oid in git.output.read().decode().split() if oid in places]
    return min(later, key=places.__getitem__, default=commit)


def _steps_at(found: History, places: Mapping[str, int], commit: str) -> Iterator[Step]:
    """The last step at or before the commit; then the last before it."""
    until = places.get(commit, -1)
    for last in (until, until - 1):
        before = [step for step in found.steps if places[step.commit] <= last]
        yield from before[-1:]


def _words(eligible: bool | None, legacy: str, modern: str) -> str:
    if eligible is False:
        return "cannot have it"
    return f"{legacy}, {modern}"


if __name__ == "__main__":
    sys.exit(main())

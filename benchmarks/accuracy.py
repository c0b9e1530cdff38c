"""How right seedwatch and two linters are about the same hand-read labels.

    python -m benchmarks.accuracy LABELS.jsonl CLONES [--semgrep PROGRAM] [--ruff PROGRAM]

LABELS and CLONES as for `benchmarks.labels`. A linter is taken to say that a repository has the bug when it flags any
line of it; neither knows versions, so its one answer stands for both. Prints a Markdown table: precision and recall for
each question, with the counts, over the labels that answer it.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from analysis.engine import analyse
from analysis.link.project import is_python
from analysis.report import BUGS
from benchmarks.labels import Label, clone_of, says_yes
from benchmarks.peers import NUMPY_IN_DATASET
from miner.git import GitTree

QUESTIONS: Mapping[str, Callable[[Label], bool | None]] = {
    "eligible": lambda label: says_yes(label["eligible"], True),
    "bug under torch < 1.9": lambda label: says_yes(label["legacy"], *BUGS),
    "bug under torch >= 1.9": lambda label: says_yes(label["modern"], *BUGS),
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What a tool says of each label, in the labels' order, for the questions that it can be asked."""

    tool: str
    said: Mapping[str, Sequence[bool]]


def seedwatch(labels: Sequence[Label], clones: Path) -> Answers:
    said: dict[str, list[bool]] = {question: [] for question in QUESTIONS}
    for label in labels:
        report = analyse(_tree(label, clones))
        answers = (report.eligible is True, report.legacy in BUGS, report.modern in BUGS)
        for question, answer in zip(QUESTIONS, answers, strict=True):
            said[question].append(answer)
    return Answers("seedwatch", said)


def linters(labels: Sequence[Label], clones: Path, ruff: str | None, semgrep: str | None) -> Iterator[Answers]:
    """The linters that are there, over the Python files of each label's commit."""
    with tempfile.TemporaryDirectory(prefix="seedwatch-accuracy-") as name:
        corpus = Path(name, "corpus")
        for number, label in enumerate(labels):
            _export(_tree(label, clones), corpus / str(number))
        if ruff:
            options = ["--isolated", "--no-cache", "--exit-zero", "--select", "NPY002", "--output-format", "json"]
            found = _run([ruff, "check", *options, str(corpus)])
            yield _flagged("ruff, NPY002", len(labels), corpus, [row["filename"] for row in json.loads(found)])
        if semgrep:
            rule = Path(name, "rule.yaml")
            rule.write_text(NUMPY_IN_DATASET)
            options = ["--metrics=off", "--disable-version-check", "--no-git-ignore", "--quiet", "--json"]
            found = _run([semgrep, "scan", *options, "--config", str(rule), str(corpus)])
            rows = json.loads(found)["results"]
            yield _flagged("semgrep, NumPy in a dataset", len(labels), corpus, [row["path"] for row in rows])


def _tree(label: Label, clones: Path) -> GitTree:
    clone = clone_of(clones, label["repo"])
    if clone is None:
        sys.exit(f"no clone of {label['repo']} in {clones}")
    return GitTree.open(clone, label["commit"])


def _export(tree: GitTree, folder: Path) -> None:
    folder.mkdir(parents=True)
    wanted = [entry for entry in tree.entries() if is_python(entry.path)]
    for number, (entry, data) in enumerate(tree.read(wanted)):
        if data is not None:
            # Names of strangers do not become paths here.
            (folder / f"{number}{Path(entry.path).suffix}").write_bytes(data)


def _run(command: Sequence[str]) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _flagged(tool: str, count: int, corpus: Path, files: Sequence[str]) -> Answers:
    numbers = {int(Path(file).resolve().relative_to(corpus.resolve()).parts[0]) for file in files}
    said = [number in numbers for number in range(count)]
    return Answers(tool, {question: said for question in QUESTIONS if question != "eligible"})


def table(labels: Sequence[Label], tools: Sequence[Answers]) -> Iterator[str]:
    """Markdown lines: a row for each tool and question."""
    yield "| question | tool | precision | recall | right / flagged / labelled |"
    yield "|---|---|---|---|---|"
    for question, truth_of in QUESTIONS.items():
        truths = [truth_of(label) for label in labels]
        for answers in tools:
            if question not in answers.said:
                continue
            known = [(t, s) for t, s in zip(truths, answers.said[question], strict=True) if t is not None]
            right, flagged = sum(t and s for t, s in known), sum(s for _, s in known)
            labelled = sum(t for t, _ in known)
            shares = " | ".join(f"{right / of:.2f}" if of else "-" for of in (flagged, labelled))
            yield f"| {question} | {answers.tool} | {shares} | {right} / {flagged} / {labelled} |"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("clones", type=Path)
    beside = Path(sys.executable).parent
    parser.add_argument("--ruff", default=shutil.which("ruff") or shutil.which("ruff", path=beside))
    parser.add_argument("--semgrep", default=shutil.which("semgrep"))
    given = parser.parse_args(arguments)
    labels: list[Label] = [json.loads(line) for line in given.labels.read_text("utf-8").splitlines()]
    tools = [*linters(labels, given.clones, given.ruff, given.semgrep), seedwatch(labels, given.clones)]
    repositories = len({label["repo"] for label in labels})
    sys.stdout.write(f"{datetime.now(UTC).date()}: {len(labels)} labels of {repositories} repositories\n\n")
    sys.stdout.write("\n".join(table(labels, tools)) + "\n")


if __name__ == "__main__":
    main()

"""What `seedwatch check` does: from the paths to what is printed and the exit status.

A hook starts it for every commit: what one form of its output needs is imported for that form alone, and arguments that
say plainly what they mean are read here, since the library that explains the others costs as much as the analysis.
"""

import os
import posixpath
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path

import msgspec

from analysis.answers import is_odd_answer
from analysis.engine import analyse
from analysis.facts.reading import FactsCache
from analysis.fix.overlay import contents
from analysis.part import Part
from analysis.policy import Finding, NotTomlError, Policy, PolicyError, findings, read_policy, require_matches
from analysis.report import Report
from analysis.tree import DirectoryTree, Tree
from api.visible import visible
from miner.errors import BadInput
from seedwatch.statuses import BUG_FOUND, OK
from seedwatch.trees import asked

_WIDTH, _WIDEST = 100, 110
"""Columns of text where it is not known how many there are, and at most."""


class Format(StrEnum):
    """What is printed."""

    TEXT = "text"
    CONCISE = "concise"
    GITHUB = "github"
    SARIF = "sarif"
    JSON = "json"
    MARKDOWN = "markdown"


class CheckRequest(msgspec.Struct, frozen=True):
    """What is asked of `check`; the command's options say what each is."""

    paths: tuple[str, ...]
    rev: str | None = None
    form: Format = Format.TEXT
    root: str | None = None
    baseline: str | None = None
    write: bool = False


_VALUED = {"--rev": "rev", "--format": "form", "--root": "root", "--baseline": "baseline"}


def plain_request(arguments: Sequence[str]) -> CheckRequest | None:
    """The request in arguments that are right and plainly said; None for all others, `--help` among them."""
    paths: list[str] = []
    given: dict[str, str | bool] = {}
    rest = iter(arguments)
    for argument in rest:
        if argument == "--write-baseline":
            given["write"] = True
        elif argument in _VALUED:
            value = next(rest, "-")
            if value.startswith("-") or _VALUED[argument] in given:
                return None
            given[_VALUED[argument]] = value
        elif argument.startswith("-"):
            return None
        else:
            paths.append(argument)
    try:
        return msgspec.convert({**given, "paths": paths}, CheckRequest)
    except msgspec.ValidationError:
        return None


def check(request: CheckRequest) -> int:
    """Analyses, prints, and gives the exit status.

    Raises:
        BadInput: where there is nothing to read, or the configuration is wrong.
    """
    started = time.perf_counter()
    if not request.paths and request.root is None:
        raise BadInput("no path is given; `.` is the current folder")
    tree, part = asked(request.paths, request.rev, request.root)
    policy = _policy(tree, part)
    with _cached_facts() as facts:
        report = analyse(tree, select=policy.select, ignore=policy.ignore, facts=facts, part=part)
    seconds = round(time.perf_counter() - started, 3)
    report = report.model_copy(update={"cost": report.cost.model_copy(update={"seconds": seconds})})
    for unread in report.unread:
        if is_odd_answer(unread):
            _warn(f"{unread.path}: {unread.reason}")
    every = findings(report, policy)
    file = _baseline(request, policy, tree)
    if request.write:
        from seedwatch.baseline import DEFAULT, write_baseline

        count = write_baseline(file or Path(DEFAULT), every)
        sys.stdout.write(f"{_findings(count)} in {file or DEFAULT} now\n")
        return OK
    told = every
    if file is not None:
        from seedwatch.baseline import new_findings

        told = new_findings(file, every)
    notes = _notes(
        {
            "left out by the settings": len(findings(report, Policy())) - len(every),
            f"left out by the baseline {file}": len(every) - len(told),
            "answered by the repository": sum(finding.accepted is not None for finding in told),
        }
    )
    sys.stdout.write(_printed(report, tree, told, request.form, notes))
    return BUG_FOUND if any(finding.fails for finding in told) else OK


def _notes(fates: Mapping[str, int]) -> list[str]:
    """What became of findings that do not make `check` fail, whatever the verdict is."""
    return [f"{_findings(count)} {fate}." for fate, count in fates.items() if count]


def _findings(count: int) -> str:
    return "1 finding is" if count == 1 else f"{count:,} findings are"


def _baseline(request: CheckRequest, policy: Policy, tree: Tree) -> Path | None:
    """The file that is named here, or by the settings, which count from where they stand."""
    if request.baseline or policy.baseline is None:
        return Path(request.baseline) if request.baseline else None
    return (tree.root if isinstance(tree, DirectoryTree) else Path()) / policy.baseline


def _cached_facts() -> AbstractContextManager[FactsCache | None]:
    """The cache of this user, if its folder has been made; without a look at other settings."""
    named = os.environ.get("SEEDWATCH_CACHE_DIR")
    folder = Path(named) if named else _cache_of_this_user()
    if not folder.is_dir():
        return nullcontext()
    from miner.factscache import FactsPlace, opened

    return opened(FactsPlace(folder))


def _cache_of_this_user() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("seedwatch", appauthor=False)


def _policy(tree: Tree, part: Part) -> Policy:
    """The settings of the project that is asked about: the nearest, where a repository holds several."""
    paths = {folder: f"{folder}pyproject.toml" for folder in _folders_around(part)}
    files = contents(tree, paths.values())
    for folder, path in paths.items():
        data = files.get(path)
        try:
            policy = read_policy(data)
            if policy is not None:
                policy = policy.in_folder(folder)
                require_matches(policy, (entry.path for entry in tree.entries()))
                return policy
        except NotTomlError as error:
            if b"seedwatch" in (data or b""):
                raise BadInput(f"{path} {error}") from error
            _warn(f"{path} {error}; what it asks for is not known")
        except PolicyError as error:
            raise BadInput(str(error)) from error
    return Policy()


def _warn(words: str) -> None:
    sys.stderr.write(f"seedwatch check: warning: {visible(' '.join(words.split()))}\n")


def _folders_around(part: Part) -> list[str]:
    """The folders that all that is asked about lies in, the innermost first, each with a `/` behind but the root."""
    shared = "" if part.is_whole else posixpath.commonpath(part.paths)
    folders = [f"{shared}/"] if shared else []
    while shared:
        shared = posixpath.dirname(shared)
        folders.append(f"{shared}/" if shared else "")
    return folders or [""]


def _printed(report: Report, tree: Tree, told: Sequence[Finding], form: Format, notes: Sequence[str]) -> str:
    if form is Format.JSON:
        return report.to_json() + "\n"
    shown = _told_of(report, told)
    from seedwatch.output.code import code_of

    if form is Format.SARIF:
        from api.sarif import sarif

        return sarif(shown, code=code_of(shown, tree))
    if form is Format.TEXT:
        from seedwatch.output.ink import ink_for_output
        from seedwatch.output.text import text

        return text(shown, code_of(shown, tree), ink=ink_for_output(), width=_width(), notes=notes)
    from seedwatch.output.findings import concise, github, markdown

    match form:
        case Format.MARKDOWN:
            return markdown(told)
        case Format.CONCISE:
            return concise(told, code_of(shown, tree), tree.root if isinstance(tree, DirectoryTree) else None)
        case Format.GITHUB:
            return github(told, code_of(shown, tree))


def _width() -> int:
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        return _WIDTH
    from shutil import get_terminal_size

    return min(get_terminal_size((_WIDTH, 24)).columns, _WIDEST)


def _told_of(report: Report, told: Sequence[Finding]) -> Report:
    """The report with those of its findings that are told; pairs without a bug stay."""
    known = {(finding.id, finding.code) for finding in told}
    every = {(finding.id, finding.code) for finding in findings(report, Policy())}
    return report.model_copy(
        update={
            "pairs": [pair for pair in report.pairs if (key := (pair.id, pair.code)) in known or key not in every],
            "checks": [check for check in report.checks if (check.id, check.code) in known],
        }
    )

"""What a repository itself says of findings: comments beside the code, and its maintainer's `.seedwatch.toml`.

    left = np.random.randint(32)  # seedwatch: ignore[WS101] every worker reads its own files

A comment counts on a line that the finding names, or alone on the line above. The file holds answers:

    [[answer]]
    finding = "5f0c..."                   # an id of the report; or `code` with `path`
    says = "accepted"                     # or "disputed": the finding is wrong
    reason = "The loader is never used."

An answer needs a reason. None of them changes a verdict: they stand beside it, and `check` does not fail for them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analysis.checks.registry import titles
from analysis.places import Place, places_of, split_cell
from analysis.report import BUGS, Answer, CheckFinding, Pair, Unread
from analysis.tomltext import read_toml
from analysis.tree import Tree
from analysis.wording import CODES

ANSWERS_FILE = ".seedwatch.toml"
LARGEST_FILE = 200_000
_COMMENT = re.compile(r"#\s*seedwatch:\s*ignore\s*(?:\[(?P<codes>[^\]]*)\])?(?P<reason>[^#]*)")
_ODD = "an ignore"
_LINE_END = re.compile(r"\r\n|\r|\n")


def read_answers(
    tree: Tree,
    sources: Mapping[str, bytes],
    pairs: Sequence[Pair],
    checks: Sequence[CheckFinding],
    *,
    complete: bool = True,
) -> tuple[list[Answer], list[Unread]]:
    """The answers to these findings, and what was meant as one and is none. `sources` are the files' bytes by path.

    `complete`: these are all the findings of the tree, so that an answer to none of them is one to nothing.
    """
    answers: list[Answer] = []
    faults: list[Unread] = []
    lines = _Lines(sources)
    for finding, code, places in _findings(pairs, checks):
        for place, comment in lines.comments(places):
            codes = {part.strip() for part in (comment["codes"] or "").split(",")}
            reason = comment["reason"].strip()
            if code not in codes:
                faults += [_odd(place, fault) for fault in _faults_of(codes)]
            elif not reason:
                faults.append(_odd(place, "without a reason"))
            else:
                answers.append(Answer(finding=finding, code=code, says="ignored", reason=reason, place=str(place)))
    written, unread = _written(tree, pairs, checks, complete)
    return _once([*answers, *written]), _once([*faults, *unread])


def is_odd_answer(unread: Unread) -> bool:
    """Whether it is something that was meant as an answer and is none, and not a file that could not be read."""
    return unread.path == ANSWERS_FILE or _ODD in unread.reason


def _odd(place: Place, fault: str) -> Unread:
    return Unread(path=place.path, reason=f"line {place.line}: {_ODD} {fault}")


def _faults_of(codes: set[str]) -> Iterator[str]:
    if codes == {""}:
        yield "without its codes"
        return
    known = CODES | titles()
    yield from (f"of {code or 'nothing'}, which is no code" for code in sorted(codes) if code not in known)


def _once(items: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys(items))


def _findings(pairs: Sequence[Pair], checks: Sequence[CheckFinding]) -> Iterator[tuple[str, str, list[Place]]]:
    for pair in pairs:
        if pair.legacy in BUGS or pair.modern in BUGS:
            yield pair.id, pair.code, list(places_of(pair))
    for check in checks:
        yield check.id, check.code, [Place(check.path, check.line)]


class _Lines:
    """Lines of files that hold such a comment at all, which are few."""

    def __init__(self, sources: Mapping[str, bytes]) -> None:
        self._sources = sources
        self._lines: dict[str, list[str]] = {}

    def comments(self, places: Sequence[Place]) -> Iterator[tuple[Place, re.Match[str]]]:
        for place in places:
            lines = self._of(place.path)
            for number in (place.line, place.line - 1):
                line = lines[number - 1] if 0 < number <= len(lines) else ""
                alone = line.lstrip().startswith("#")
                if (number == place.line or alone) and (comment := _COMMENT.search(line)):
                    yield Place(place.path, number), comment

    def _of(self, path: str) -> list[str]:
        file, cell = split_cell(path)
        data = self._sources.get(file, b"")
        if cell is not None or b"seedwatch:" not in data:
            return []
        if path not in self._lines:
            self._lines[path] = _LINE_END.split(data.decode("utf-8-sig", "replace"))
        return self._lines[path]


# The maintainer's file.


def _written(
    tree: Tree, pairs: Sequence[Pair], checks: Sequence[CheckFinding], complete: bool
) -> tuple[list[Answer], list[Unread]]:
    entry = next((entry for entry in tree.entries() if entry.path == ANSWERS_FILE), None)
    if entry is None:
        return [], []
    if entry.size > LARGEST_FILE:
        return [], [Unread(path=ANSWERS_FILE, reason=f"too large: {entry.size} bytes")]
    data = next((data for _, data in tree.read([entry])), None)
    try:
        given = read_toml((data or b"").decode("utf-8"))
    except ValueError as error:
        return [], [Unread(path=ANSWERS_FILE, reason=f"not TOML: {error}")]
    answers = []
    faults = [
        Unread(path=ANSWERS_FILE, reason=f"no such key: {key}; an answer is a table [[answer]]")
        for key in sorted(given.keys() - {"answer"})
    ]
    written = given.get("answer", [])
    if not isinstance(written, list):
        faults.append(Unread(path=ANSWERS_FILE, reason="an answer is a table [[answer]], in two brackets"))
        return [], faults
    known = [(pair.id, pair.code, pair.loader) for pair in pairs] + [(c.id, c.code, c.path) for c in checks]
    for number, one in enumerate(written, 1):
        fault = _fault(one)
        if fault is not None:
            faults.append(Unread(path=ANSWERS_FILE, reason=f"answer {number}: {fault}"))
            continue
        meant = [
            (finding, code)
            for finding, code, place in known
            if (
                one["finding"] == finding
                if "finding" in one
                else (one.get("code") == code and place.startswith(f"{one.get('path')}"))
            )
        ]
        answers += [
            Answer(finding=finding, code=code, says=one["says"], reason=one["reason"], place=ANSWERS_FILE)
            for finding, code in meant
        ]
        if complete and not meant:
            named = one.get("finding") or f"{one['code']} in {one['path']}"
            faults.append(Unread(path=ANSWERS_FILE, reason=f"answer {number}: there is no finding {named}"))
    return answers, faults


def _fault(answer: object) -> str | None:
    """What is wrong with an answer, or None."""
    if not isinstance(answer, dict) or not all(isinstance(value, str) for value in answer.values()):
        return "its values are to be texts"
    unknown = set(answer) - {"finding", "code", "path", "says", "reason"}
    if unknown:
        return f"no such key: {', '.join(sorted(unknown))}"
    if answer.get("says") not in {"accepted", "disputed"}:
        return '`says` is "accepted" or "disputed"'
    if not answer.get("reason", "").strip():
        return "it needs a reason"
    return None if "finding" in answer or {"code", "path"} <= set(answer) else "it names no finding"

"""A report as SARIF 2.1.0, for code scanning and editors.

Each pair with a bug is a result at its first draw, with the way from the loader to the draw as a code flow. What could
not be read off is a result of kind `open`; clean pairs are left out, since most readers show every result as a fault.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from analysis.checks.docs import Page, page_of
from analysis.checks.registry import all_checks
from analysis.fix.pages import pages
from analysis.places import Place, span
from analysis.report import BUGS, CheckFinding, Pair, Report
from api.visible import visible

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Object = dict[str, Any]
Code = Mapping[Place, str]


def sarif(report: Report, website: str | None = None, code: Code = MappingProxyType({})) -> str:
    """The document, indented, ending in a newline. Only printable ASCII, whatever names the repository has.

    `website` is the repository's own page, where it has one; `code` the lines that the report names, as far as they are
    known: places in them have columns.
    """
    results = _distinct([*_pairs(report, code), *(_check(finding, code) for finding in report.checks)])
    _note_answers(results, report)
    run: Object = {
        "tool": {"driver": _driver(report, sorted({result["ruleId"] for result in results}))},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [*_notifications(report)]}],
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The repository's root."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    if website and report.commit:
        run["versionControlProvenance"] = [{"repositoryUri": website, "revisionId": report.commit}]
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _distinct(results: list[Object]) -> list[Object]:
    """The results with fingerprints that differ: of several loaders of one function, all but the first get a number."""
    seen: Counter[str] = Counter()
    for result in results:
        for key, name in result["partialFingerprints"].items():
            seen[name] += 1
            if seen[name] > 1:
                result["partialFingerprints"] = {key: f"{name}:{seen[name]}"}
    return results


def _note_answers(results: list[Object], report: Report) -> None:
    """What the repository says of its findings, as suppressions: comments in the source, answers in its file."""
    answers: dict[str, list[Object]] = {}
    for answer in report.answers:
        kind = "inSource" if answer.says == "ignored" else "external"
        status = "underReview" if answer.says == "disputed" else "accepted"
        suppression = {"kind": kind, "status": status, "justification": visible(answer.reason)}
        answers.setdefault(answer.finding, []).append(suppression)
    for result in results:
        for name in result["partialFingerprints"].values():
            if name.partition(":")[0] in answers:
                result["suppressions"] = answers[name.partition(":")[0]]


def _driver(report: Report, codes: list[str]) -> Object:
    return {"name": "seedwatch", "version": report.analyzer.version, "rules": [_rule(code) for code in codes]}


def _rule(code: str) -> Object:
    """What a code stands for, with its page; a stored report may have one that this release does not know."""
    page = _pages().get(code)
    if page is None:
        return {"id": code}
    told = "\n\n".join([page.summary, *(f"{title}: {text}" for title, text in page.sections)])
    return {
        "id": code,
        "shortDescription": {"text": page.title},
        "help": {"text": told, "markdown": page.text()},
    }


@cache
def _pages() -> dict[str, Page]:
    return {page.code: page for page in (*pages(), *map(page_of, all_checks()))}


def _notifications(report: Report) -> Iterator[Object]:
    for unread in report.unread:
        where = {"locations": [_location(Place(unread.path, 0))]} if unread.path else {}
        yield {"level": "warning", "message": {"text": visible(f"not read: {unread.reason}")}, **where}


def _pairs(report: Report, code: Code) -> Iterator[Object]:
    for pair in report.pairs:
        if pair.legacy in BUGS or pair.modern in BUGS:
            yield {"level": "error" if _weighs(pair, report) else "note", **_pair(pair, code)}
        elif "unknown" in (pair.legacy, pair.modern):
            yield {"kind": "open", "level": "none", **_pair(pair, code)}


def _weighs(pair: Pair, report: Report) -> bool:
    """Whether the pair counts, and has a bug under a torch that the repository admits."""
    old = report.torch.range != ">=1.9" and pair.legacy in BUGS
    new = report.torch.range != "<1.9" and pair.modern in BUGS
    return pair.counts and (old or new)


def _pair(pair: Pair, code: Code) -> Object:
    outcomes = f"Under torch < 1.9: {pair.legacy}; from 1.9 on: {pair.modern}."
    parts = (pair.why, outcomes, f"Not counted: {pair.counts_why}." if pair.counts_why else "", pair.fix or "")
    flow = [{"location": _location(place, words, code)} for place, words in _way(pair)]
    return {
        "ruleId": pair.code,
        "message": {"text": visible(" ".join(part for part in parts if part))},
        "locations": [_location(Place(draw.path, draw.line), "", code, draw.api) for draw in pair.draws[:1]],
        "relatedLocations": [_location(place, words, code) for place, words in _related(pair)],
        "codeFlows": [{"threadFlows": [{"locations": flow}]}] if flow else [],
        "partialFingerprints": {"seedwatchPair/v1": pair.id},
    }


def _way(pair: Pair) -> Iterator[tuple[Place, str]]:
    """The loader, the calls in the worker, the first draw."""
    yield from _placed(((pair.loader, "the loader"),))
    for draw in pair.draws[:1]:
        for step in draw.via:
            where, _, name = step.partition(" ")
            yield from _placed(((where, name),))
        yield Place(draw.path, draw.line), draw.api


def _related(pair: Pair) -> Iterator[tuple[Place, str]]:
    yield from _placed(
        (
            (pair.loader, "the loader"),
            (pair.workers_evidence, "how many workers"),
            (pair.reseed_at, "the reseeding"),
            (pair.entry, f"the worker runs {pair.dataset}"),
        )
    )
    for draw in pair.draws[1:]:
        yield Place(draw.path, draw.line), draw.api


def _placed(named: tuple[tuple[str | None, str], ...]) -> Iterator[tuple[Place, str]]:
    for text, words in named:
        place = Place.parse(text) if text else None
        if place:
            yield place, words


def _check(finding: CheckFinding, code: Code) -> Object:
    related = _placed(tuple((place, "what it goes together with") for place in finding.related))
    return {
        "ruleId": finding.code,
        "level": "warning",
        "message": {"text": visible(" ".join(filter(None, (finding.message, finding.fix))))},
        "locations": [_location(Place(finding.path, finding.line), "", code)],
        "relatedLocations": [_location(place, words, code) for place, words in related],
        "partialFingerprints": {"seedwatchCheck/v1": finding.id} if finding.id else {},
    }


def _location(place: Place, words: str = "", code: Code = MappingProxyType({}), api: str = "") -> Object:
    """A place, with its columns where its line is known: those of `api`'s name in it, or of all of it.

    In a notebook without its line, which counts from a cell's start: SARIF has no cells.
    """
    physical: Object = {"artifactLocation": {"uri": quote(place.file, errors="replace"), "uriBaseId": "SRCROOT"}}
    if place.cell is None and place.line > 0:
        columns = span(code.get(place, ""), api)
        physical["region"] = {"startLine": place.line}
        if columns:
            physical["region"] |= {"startColumn": columns[0], "endColumn": columns[1]}
    elif place.cell is not None:
        words = ", ".join(part for part in (words, f"cell {place.cell}, line {place.line}") if part)
    location: Object = {"physicalLocation": physical}
    if words:
        location["message"] = {"text": visible(words)}
    return location

"""Findings one a line: for editors and logs, for GitHub's annotations, and as a table for a comment."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from analysis.places import Place, span
from analysis.policy import Finding
from api.visible import visible

_GITHUB: Mapping[str, str] = {"error": "error", "warning": "warning", "note": "notice"}


def concise(findings: Sequence[Finding], code: Mapping[Place, str], root: Path | None = None) -> str:
    """`path:line:column: severity: code message`, columns from 1.

    Where the files lie below `root`, the paths are those that whoever stands in the current folder would open.
    """
    return "".join(
        f"{visible(_from_here(finding.place, root))}:{column(finding, code)}: {finding.severity}: {finding.code} "
        f"{_one_line(finding.message)}\n"
        for finding in findings
        if finding.accepted is None
    )


def _from_here(place: Place, root: Path | None) -> str:
    if root is None:
        return str(place)
    path, here = (root / place.path).resolve(), Path.cwd()
    return f"{path.relative_to(here).as_posix() if here in path.parents else path}:{place.line}"


def github(findings: Sequence[Finding], code: Mapping[Place, str]) -> str:
    """Workflow commands, which GitHub shows beside the lines of a pull request. A notebook's cell has no line there."""
    lines = []
    for finding in findings:
        if finding.accepted is not None:
            continue
        place = finding.place
        where = f"file={_property(place.file)}"
        message = visible(finding.message)
        if place.cell is None:
            where += f",line={place.line},col={column(finding, code)}"
        else:
            message = f"cell {place.cell}, line {place.line}: {message}"
        title = _property(f"seedwatch {finding.code}")
        lines.append(f"::{_GITHUB[finding.severity]} {where},title={title}::{_data(message)}\n")
    return "".join(lines)


def markdown(findings: Sequence[Finding]) -> str:
    """A table for a comment or a summary of a run."""
    open_ones = [finding for finding in findings if finding.accepted is None]
    if not open_ones:
        return "seedwatch: nothing found.\n"
    rows = [
        f"| {finding.severity} | {finding.code} | `{_cell(str(finding.place))}` | {_cell(finding.message)} |\n"
        for finding in open_ones
    ]
    return "".join(["| | code | place | |\n", "|---|---|---|---|\n", *rows])


def column(finding: Finding, code: Mapping[Place, str]) -> int:
    """Where the finding begins in its line, from 1: at the drawing call's name, else at the first that is no space."""
    columns = span(code.get(finding.place, ""), finding.api)
    return columns[0] if columns else 1


def _one_line(text: str) -> str:
    return " ".join(visible(text).split())


def _cell(text: str) -> str:
    return _one_line(text).replace("|", "\\|").replace("`", "'").replace("<", "&lt;")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")

"""The study's report, as HTML that stands alone and as Markdown; both from one set of values."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from analysis.prevalence import MEASUREMENTS, Interval, wilson
from analysis.study import DAYS, FIGURES, Row, Share, count_all, shares
from api.drawing import PairOfBars, Whisker, bars, whiskers
from api.visible import visible


@dataclass(frozen=True, slots=True)
class Change:
    """How many repositories were one thing then and are another now, of those analysed on both days."""

    label: str
    count: int
    of: int
    query: str

    @property
    def interval(self) -> Interval:
        """Wilson's, of the share."""
        return wilson(self.count, self.of)


@dataclass(frozen=True, slots=True)
class Study:
    """What a report is about: the days, where the list came from, and when and by what it was made."""

    as_of: str
    source: str
    made_on: str
    analyzer: str


def write_report(folder: Path, study: Study, rows: Sequence[Row]) -> None:
    """Writes report.html, report.md and the figures as SVG files into `folder`."""
    found = shares(rows)
    drawn = {"funnel": _funnel(rows, study), "prevalence": _prevalence(found, study)}
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    for name, svg in drawn.items():
        (folder / "figures" / f"{name}.svg").write_text(str(svg), "utf-8")
    values = {
        "study": study,
        "rows": rows,
        "counts": count_all(rows),
        "funnel_names": {figure.name for figure in FIGURES},
        "shares": found,
        "changes": _changes(rows),
        "failures": [row for row in rows if row.state not in ("analysed", "not_there_yet")],
        "days": DAYS,
        "measurement": MEASUREMENTS[-1],
        "drawn": drawn,
    }
    for name, escaped in (("report.html", True), ("report.md", False)):
        text = _environment(escaped=escaped).get_template(f"{name}.j2").render(**values)
        (folder / name).write_text(text, "utf-8")


def _funnel(rows: Sequence[Row], study: Study) -> Markup:
    counted = [(figure, counts) for figure, counts in count_all(rows) if figure in FIGURES]
    steps = [PairOfBars(figure.label, counts["then"], counts["now"]) for figure, counts in counted]
    return bars("From the list to those that can have the bug, on both days", (study.as_of, "today"), steps)


def _prevalence(found: Sequence[Share], study: Study) -> Markup:
    days = {"then": study.as_of, "now": "today"}
    short = {"legacy": "bug below 1.9", "modern": "bug from 1.9 on", "affected": "affected, as asked for"}
    rows = [
        Whisker(f"{short[share.which]}, {days[share.day]}", share.share, share.interval, share.day == "now")
        for share in found
    ]
    return whiskers("Share of the eligible repositories that have the bug, with 95 % intervals", rows)


def _changes(rows: Sequence[Row]) -> list[Change]:
    """What became of those that had the bug then, on whatever PyTorch they admitted."""
    then = {row.repository: row for row in rows if row.day == "then" and row.state == "analysed"}
    now = {row.repository: row for row in rows if row.day == "now" and row.state == "analysed"}
    affected = [name for name, row in then.items() if _affected(row) and name in now]
    both = (
        "SELECT count(*) FROM repositories a JOIN repositories b USING (repository) "
        "WHERE a.day = 'then' AND b.day = 'now' AND b.state = 'analysed' AND a.verdict LIKE 'affected%' AND "
    )
    kinds = (
        ("still affected", lambda row: _affected(row), "b.verdict LIKE 'affected%'"),
        ("mitigated", lambda row: row.verdict == "mitigated", "b.verdict = 'mitigated'"),
        ("cannot have it any more", lambda row: row.verdict == "not_eligible", "b.verdict = 'not_eligible'"),
        ("cannot be told any more", lambda row: row.verdict == "unknown", "b.verdict = 'unknown'"),
    )
    return [
        Change(label, sum(bool(holds(now[name])) for name in affected), len(affected), both + condition)
        for label, holds, condition in kinds
    ]


def _affected(row: Row) -> bool:
    return (row.verdict or "").startswith("affected")


def _environment(*, escaped: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("seedwatch.study"),
        autoescape=escaped,  # noqa: S701 - Markdown shows names as code, made visible and without backticks
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(percent=_percent, interval=_interval, plain=_plain)
    return environment


def _percent(share: float | None) -> str:
    return "\N{EN DASH}" if share is None else f"{share:.1%}".replace("%", " %")


def _interval(interval: Interval) -> str:
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f} %"


def _plain(value: Any) -> str:
    """A stranger's text in a table of Markdown: one line, nothing that ends a cell or a code span."""
    return visible(str(value)).replace("|", "¦").replace("`", "'").replace("\n", " ")

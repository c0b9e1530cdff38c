"""What filters ask of a repository, and what they ask of its scan, as conditions of SQL."""

from typing import Final

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select

from analysis.report import BUGS
from miner.store import seeding
from miner.store.groups import AFFECTED, UNKNOWN_GROUP
from miner.store.models import ListingRow, RepositorySourceRow, SampleDrawRow, SampleRow, ScanCodeRow
from miner.store.records import FUNNEL_STEPS, Filters, StarsGroup
from miner.store.seeding import Columns

WORST_FIRST: Final = (
    "affected",
    "affected_on_new_torch",
    "affected_on_old_torch",
    "unknown",
    "mitigated",
    "not_eligible",
)
"""Verdicts in the order of `listings.rank`."""

_STARS: Final[dict[StarsGroup, tuple[int, int]]] = {
    "unknown": (-1, -1),
    "0-9": (0, 9),
    "10-99": (10, 99),
    "100-999": (100, 999),
    "1000+": (1000, 2**31 - 1),
}
_CHOICES: Final = ("legacy", "modern", "torch_range", "why_not_eligible")
_WITHOUT_A_PAIR: Final = {"draw_kind": "none", "reseed": "no pair", "workers": "none"}
"""What is asked of the worst pair, and the group of scans that have no pair."""
OF_SCANS: Final = (*_CHOICES, *_WITHOUT_A_PAIR, "scan_id", "eligible", "year", "depth", "seed_runs", "seeded")
"""Columns of `listings` that come from the scan."""


def admitted_verdicts(filters: Filters) -> tuple[str, ...] | None:
    """The verdicts that the filters admit, the worst first; None where nothing is asked of the verdict."""
    if not filters.verdict and filters.affected is None:
        return None
    return tuple(
        verdict
        for verdict in WORST_FIRST
        if (not filters.verdict or verdict in filters.verdict)
        and (filters.affected is None or filters.affected == (verdict in AFFECTED))
    )


def of_repositories(filters: Filters) -> list[ColumnElement[bool]]:
    """What is asked of a repository itself, as it is now."""
    # Whose owners asked to be left alone are in no list, whatever is asked for.
    found: list[ColumnElement[bool]] = [ListingRow.state != "opted_out"]
    if filters.state:
        found.append(ListingRow.state.in_(filters.state))
    found += [
        getattr(ListingRow, name) == wanted
        for name in ("fork", "archived", "host")
        if (wanted := getattr(filters, name)) is not None
    ]
    if filters.source:
        sources = select(RepositorySourceRow.repository_id).where(RepositorySourceRow.source.in_(filters.source))
        found.append(ListingRow.repository_id.in_(sources))
    if filters.sample is not None:
        drawn = select(SampleDrawRow.repository_id).join(SampleRow, SampleRow.id == SampleDrawRow.sample_id)
        found.append(ListingRow.repository_id.in_(drawn.where(SampleRow.name == filters.sample)))
    if filters.owner is not None:
        found.append(ListingRow.owner_key == func.lower(filters.owner))
    if filters.min_stars is not None:
        found.append(ListingRow.stars >= filters.min_stars)
    if filters.stars:
        found.append(or_(*(ListingRow.stars.between(*_STARS[group]) for group in filters.stars)))
    if filters.pushed_after is not None:
        found.append(ListingRow.pushed_at > filters.pushed_after)
    if filters.text:
        # As the index has it, where PostgreSQL has one; a number that is bound is none to its planner.
        full_name = func.substr(ListingRow.name_key, func.length(ListingRow.host) + literal_column("2"))
        found.append(full_name.contains(filters.text.lower(), autoescape=True))
    return found


def of_scans(filters: Filters, scan: Columns) -> list[ColumnElement[bool]]:
    """What is asked of a repository's scan but for its verdict; `scan` has the columns, by the names of `listings`."""
    found: list[ColumnElement[bool]] = [
        scan[name].in_(wanted) for name in _CHOICES if (wanted := getattr(filters, name))
    ]
    for name, without in _WITHOUT_A_PAIR.items():
        if wanted := getattr(filters, name):
            among = scan[name].in_([value for value in wanted if value != without])
            found.append(or_(among, _lacks(scan, name)) if without in wanted else among)
    if filters.eligible is not None:
        found.append(scan["eligible"] == filters.eligible)
    if filters.year is not None:
        found.append(_lacks(scan, "year") if filters.year == UNKNOWN_GROUP else scan["year"] == filters.year)
    if filters.passed is not None:
        found.append(scan["depth"] > FUNNEL_STEPS.index(filters.passed))
    if filters.check:
        codes = select(ScanCodeRow.scan_id).where(ScanCodeRow.code.in_(filters.check))
        found.append(scan["id_or_none"].in_(codes))
    if filters.seed or filters.seed_call or filters.seed_runs or filters.seeded:
        found += seeding.asked(filters, scan)
        found.append(scan["depth"] > FUNNEL_STEPS.index("imports_torch"))
    if _asks_for_a_pair(filters):
        found.append(scan["draw_kind"].is_not(None))
    if filters.scanned is not None:
        found.append(scan["scan_id"].is_not(None) if filters.scanned else scan["scan_id"].is_(None))
    return found


def _lacks(scan: Columns, name: str) -> ColumnElement[bool]:
    return and_(scan["scan_id"].is_not(None), scan[name].is_(None))


def _asks_for_a_pair(filters: Filters) -> bool:
    """Whether only repositories with a pair of a dataset and a loader pass, whose rows have an index of their own."""
    repeats = any(wanted and set(wanted) <= BUGS for wanted in (filters.legacy, filters.modern))
    pairs = ((getattr(filters, name), without) for name, without in _WITHOUT_A_PAIR.items())
    return bool(repeats or any(wanted and without not in wanted for wanted, without in pairs))

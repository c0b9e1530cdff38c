"""Which repositories a list shows: the same words in the API's query, the dashboard's address bar and the store."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from analysis.report import BUGS, NotEligible, Outcome, SeedRuns, TorchRange, Verdict
from miner.store.records import (
    DrawKindGroup,
    Filters,
    FunnelStep,
    PrevalenceBy,
    RepositoryState,
    ReseedGroup,
    SeededGroup,
    Sort,
    StarsGroup,
    WorkersGroup,
)

AFFECTED: Final[tuple[Verdict, ...]] = ("affected", "affected_on_old_torch", "affected_on_new_torch")
BUG_OUTCOMES: Final[tuple[Outcome, ...]] = tuple(sorted(BUGS))
DEFAULT_LIMIT: Final = 50
CODE: Final = r"^[A-Z]{2}[0-9]{3}$"
_LARGEST_INTEGER: Final = 2**31 - 1


def without_null(text: str) -> str:
    """The text. Raises ValueError where it has a null character, which no PostgreSQL keeps."""
    if "\x00" in text:
        raise ValueError("may not hold a null character")
    return text


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be of the years 1 to 9999 in UTC") from None


Text = Annotated[str, Field(max_length=200), AfterValidator(without_null)]


def unslashed(part: str) -> str:
    """A part of a path with the slashes that `api.middleware.KeptSlashes` kept."""
    return part.replace("%2F", "/")


PathPart = Annotated[Text, AfterValidator(unslashed)]
"""A host, an owner or a name in a path. An owner on other hosts than GitHub may be a group within a group."""

Address = Annotated[str, Field(max_length=2000), AfterValidator(without_null)]
"""A repository as somebody spells it: the page of a file deep in it is as long as its path."""

Cursor = Annotated[str, Field(max_length=2000), AfterValidator(without_null)]
"""It holds what the page before ended with, so it is as long as that."""

Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]

Code = Annotated[str, Field(pattern=CODE)]


SeedValue = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]


class ListQuery(BaseModel):
    """The query of a list of repositories. A name that is not here is refused rather than ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verdict: list[Verdict] = Field([], description="Any of these verdicts.")
    affected: bool | None = Field(
        None, description="Whether the bug is there on a side of PyTorch 1.9 that it admits: any of three verdicts."
    )
    legacy: list[Outcome] = Field([], description="Any of these outcomes under PyTorch < 1.9.")
    modern: list[Outcome] = Field([], description="Any of these outcomes under PyTorch >= 1.9.")
    torch_range: list[TorchRange] = Field([], description="The PyTorch releases that the repository asks for.")
    draw_kind: list[DrawKindGroup] = Field(
        [], description="What the worst pair draws from; `none` where no pair was found."
    )
    reseed: list[ReseedGroup] = Field(
        [], description="How the worst pair is reseeded: `none` where nothing does, `no pair` where none was found."
    )
    workers: list[WorkersGroup] = Field(
        [], description="How the worst pair's number of workers is set; `none` where no pair was found."
    )
    why_not_eligible: list[NotEligible] = Field([], description="Why the bug cannot be there.")
    state: list[RepositoryState] = Field([], description="Where the repository stands.")
    source: list[Text] = Field([], description="The crawler that found it.", max_length=20)
    sample: Text | None = Field(None, description="The random sample that drew it, by its name.")
    owner: Text | None = Field(None, description="The owner, in any case.")
    text: Text | None = Field(None, description="Part of `owner/name`, in any case.")
    eligible: bool | None = Field(None, description="Whether NumPy draws run in its workers.")
    passed: FunnelStep | None = Field(None, description="It passes this step of the funnel, and all steps before it.")
    scanned: bool | None = Field(None, description="Whether it has a scan.")
    fork: bool | None = Field(None, description="Whether it is a fork.")
    archived: bool | None = Field(None, description="Whether its owner archived it.")
    min_stars: int | None = Field(None, ge=0, le=_LARGEST_INTEGER, description="At least this many stars.")
    stars: list[StarsGroup] = Field([], description="Any of these groups, as the figures have them.")
    check: list[Code] = Field(
        [], description="Any of these codes, of pairs that count or of companion checks.", max_length=50
    )
    seed: list[SeedValue] = Field([], description="Seeds with any of these numbers.", max_length=50)
    seed_call: list[Text] = Field([], description="Hands a seed to any of these calls.", max_length=50)
    seed_runs: list[SeedRuns] = Field([], description="Seeds with nothing, with one value, or with many.")
    seeded: list[SeededGroup] = Field(
        [],
        description="Which of Python's, NumPy's and PyTorch's generator it seeds with a constant: a level, or just "
        "those named. Like all filters of seeds, of repositories that import torch.",
    )
    pushed_after: Moment | None = Field(None, description="Pushed to after this moment.")
    year: Annotated[int, Field(ge=1970, le=9999)] | Literal["unknown"] | None = Field(
        None, description="The year of the scanned commit; `unknown` where it has no date."
    )
    as_of: date | None = Field(
        None,
        description="Only repositories that had been scanned by the end of that day (UTC), each with the scan that "
        "stood then. What is asked of the repository itself, such as its stars, is as it is now.",
    )
    sort: Sort = Field("worst", description="Worst verdict first, by name, most stars first, or newest scan first.")
    cursor: Cursor | None = Field(None, description="From the `next` link of the answer before; opaque.")
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=200, description="At most this many on a page.")

    def filters(self) -> Filters:
        """The same as the store's value."""
        asked = self.model_dump(exclude={"sort", "cursor", "limit"})
        if self.as_of is not None and self.as_of >= datetime.now(UTC).date():
            # Whoever asks for today asks for what stands now.
            asked |= {"as_of": None, "scanned": True if self.scanned is None else self.scanned}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in asked.items()
        }
        return Filters(**values)

    def address(self, path: str, *, cursor: str | None = None) -> str:
        """`path` with this query, at `cursor` instead of its own. Values that are the defaults are left out."""
        values = self.model_dump(exclude_defaults=True, exclude={"cursor"})
        if cursor is not None:
            values["cursor"] = cursor
        return rows_address(path, values)

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.model_dump(exclude_defaults=True, exclude={"sort", "cursor", "limit"}))


FigureName = Literal["affected", "legacy", "modern", "eligible"]
Query = Mapping[str, object]


def rows_behind(
    figure: FigureName,
    by: PrevalenceBy | None = None,
    group: str | None = None,
    *,
    sample: str | None = None,
    as_of: date | None = None,
) -> Query:
    """The query whose rows are those that a figure of a group counts."""
    query: dict[str, object] = {"eligible": "true"}
    match figure:
        case "affected" if by == "verdict":
            query["affected"] = "true"
        case "affected":
            query["verdict"] = list(AFFECTED)
        case "legacy" | "modern":
            query[figure] = list(BUG_OUTCOMES)
        case "eligible":
            pass
    return {**query, **_of_group(by, group, sample, as_of)}


def rows_of(
    by: PrevalenceBy | None = None, group: str | None = None, *, sample: str | None = None, as_of: date | None = None
) -> Query:
    """The query whose rows are the scanned repositories of a group, or all of them."""
    return {"scanned": "true", **_of_group(by, group, sample, as_of)}


def _of_group(by: PrevalenceBy | None, group: str | None, sample: str | None, as_of: date | None) -> Query:
    asked = {by or "": group, "sample": sample, "as_of": as_of}
    return {name: value for name, value in asked.items() if value is not None}


def rows_address(path: str, query: Query) -> str:
    """`path` with `query`."""
    texts = {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
    return f"{path}?{urlencode(texts, doseq=True)}" if texts else path

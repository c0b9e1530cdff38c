"""Which repositories a list shows: the same words in the API's query, the dashboard's address bar and the store."""

from typing import Annotated, Any, Final, Literal, get_args
from urllib.parse import urlencode

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from analysis.report import BUGS, DrawKind, NotEligible, Outcome, Reseed, TorchRange, Verdict, Workers
from miner.store.records import Filters, PrevalenceBy, RepositoryState, Sort, StarsGroup

AFFECTED: Final[tuple[Verdict, ...]] = ("affected", "affected_on_old_torch", "affected_on_new_torch")
BUG_OUTCOMES: Final[tuple[Outcome, ...]] = tuple(sorted(BUGS))
DEFAULT_LIMIT: Final = 50
CODE: Final = r"^[A-Z]{2}[0-9]{3}$"
_LARGEST_INTEGER: Final = 2**31 - 1
_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "verdict": get_args(Verdict),
    "torch_range": get_args(TorchRange),
    "draw_kind": get_args(DrawKind),
    "reseed": get_args(Reseed),
    "workers": get_args(Workers),
    "stars": get_args(StarsGroup),
}


def _without_null(text: str) -> str:
    if "\x00" in text:
        raise ValueError("may not hold a null character")
    return text


Text = Annotated[str, Field(max_length=200), AfterValidator(_without_null)]

Code = Annotated[str, Field(pattern=CODE)]


class ListQuery(BaseModel):
    """The query of a list of repositories. A name that is not here is refused rather than ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verdict: list[Verdict] = Field([], description="Any of these verdicts.")
    legacy: list[Outcome] = Field([], description="Any of these outcomes under PyTorch < 1.9.")
    modern: list[Outcome] = Field([], description="Any of these outcomes under PyTorch >= 1.9.")
    torch_range: list[TorchRange] = Field([], description="The PyTorch releases that the repository asks for.")
    draw_kind: list[DrawKind] = Field([], description="What the worst pair draws from.")
    reseed: list[Reseed] = Field([], description="How the worst pair is reseeded.")
    workers: list[Workers] = Field([], description="How the worst pair's number of workers is set.")
    why_not_eligible: list[NotEligible] = Field([], description="Why the bug cannot be there.")
    state: list[RepositoryState] = Field([], description="Where the repository stands.")
    source: list[Text] = Field([], description="The crawler that found it.", max_length=20)
    sample: Text | None = Field(None, description="The random sample that drew it, by its name.")
    owner: Text | None = Field(None, description="The owner, in any case.")
    text: Text | None = Field(None, description="Part of `owner/name`, in any case.")
    eligible: bool | None = Field(None, description="Whether NumPy draws run in its workers.")
    scanned: bool | None = Field(None, description="Whether it has a scan.")
    fork: bool | None = None
    archived: bool | None = None
    min_stars: int | None = Field(None, ge=0, le=_LARGEST_INTEGER, description="At least this many stars.")
    stars: list[StarsGroup] = Field([], description="Any of these groups, as the figures have them.")
    check: list[Code] = Field(
        [], description="Any of these codes, of pairs that count or of companion checks.", max_length=50
    )
    pushed_after: AwareDatetime | None = Field(None, description="Pushed to after this moment.")
    year: int | None = Field(None, ge=1970, le=9999, description="The year of the scanned commit.")
    sort: Sort = Field("worst", description="Worst verdict first, by name, most stars first, or newest scan first.")
    cursor: Text | None = Field(None, description="From the `next` link of the answer before; opaque.", max_length=2000)
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=200, description="At most this many on a page.")

    def filters(self) -> Filters:
        """The same as the store's value."""
        asked = self.model_dump(exclude={"sort", "cursor", "limit"})
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in asked.items()
        }
        return Filters(**values)

    def address(self, path: str, *, cursor: str | None = None) -> str:
        """`path` with this query, at `cursor` instead of its own. Values that are the defaults are left out."""
        values = self.model_dump(exclude_defaults=True, exclude={"cursor"})
        if cursor is not None:
            values["cursor"] = cursor
        return _address(path, values)

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.model_dump(exclude_defaults=True, exclude={"sort", "cursor", "limit"}))


FigureName = Literal["affected", "legacy", "modern", "eligible"]


def rows_behind(
    figure: FigureName, by: PrevalenceBy | None = None, group: str | None = None
) -> dict[str, object] | None:
    """The query whose rows are those that a figure of a group counts, or None where no filter says the group."""
    query: dict[str, object] = {"eligible": "true"}
    match figure:
        case "affected":
            query["verdict"] = list(AFFECTED)
        case "legacy" | "modern":
            query[figure] = list(BUG_OUTCOMES)
        case "eligible":
            pass
    if by is None:
        return query
    if group is None or not _can_ask_for(by, group):
        return None
    if by == "verdict" and figure == "affected" and group not in AFFECTED:
        return None
    return {**query, by: group}


def _can_ask_for(by: PrevalenceBy, group: str) -> bool:
    """Whether the list has a filter for the group; it has none for what is not known."""
    match by:
        case "year":
            return group.isdecimal()
        case "check":
            return True
        case _:
            return group in _VALUES[by]


def rows_address(path: str, query: dict[str, object] | None) -> str | None:
    """`path` with `query`, or None where there is no query."""
    return None if query is None else _address(path, query)


def _address(path: str, values: dict[str, object]) -> str:
    texts = {name: str(value).lower() if isinstance(value, bool) else value for name, value in values.items()}
    return f"{path}?{urlencode(texts, doseq=True)}" if texts else path

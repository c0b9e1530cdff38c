"""The dashboard: pages made on the server, which work without script and load nothing from anywhere else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, get_args
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from pydantic import ValidationError

from analysis.places import Place
from analysis.prevalence import MEASUREMENTS
from analysis.report import BUGS, CheckFinding, Outcome, Report, SeedUse, TorchRange, Verdict
from api import method, words
from api.answers import API, Found, find, report_text, repository_path, shell_word
from api.filters import AFFECTED, BUG_OUTCOMES, ListQuery, PathPart
from api.openapi import operations
from api.permalink import website_of
from api.picture import picture
from api.problems import BAD_CURSOR, INVALID, KINDS, NOT_FOUND, Problem
from api.research_pages import history_of
from api.rest.repositories import COMMIT
from api.said import said_of
from api.scan_now import SCRIPTED, Live, live, may_be_asked
from api.state import Shared, SharedDep
from api.story import Spot, Story, Storyteller
from api.targets import UnknownAddressError, named
from miner.store import Store
from miner.store.errors import BadCursor
from miner.store.records import GITHUB, Filters, Listed, Page, Repository, Sort

_ROWS_SHOWN: Final = 20
_EXPLORE_LIMIT: Final = 50
_COUNTED: Final = 1_000
_EXAMPLE: Final = "pytorch/examples"
_STORIES_OPEN: Final = 3
_WITHOUT_A_BUG: Final = 4

_SEVERAL: Final = frozenset(name for name, field in ListQuery.model_fields.items() if field.default == [])
_SORTS: Final[dict[Sort, str]] = {
    "worst": "worst first",
    "recent": "scanned last",
    "stars": "most stars",
    "name": "by name",
}

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class Row:
    """A repository in a list."""

    label: str
    url: str
    state: str
    verdict: Verdict | None
    eligible: bool
    legacy: Outcome | None
    modern: Outcome | None
    torch_range: TorchRange | None
    stars: int | None

    @classmethod
    def of(cls, line: Listed) -> "Row":
        """The row of a line of the store's list."""
        repository, scan = line.repository, line.scan
        return cls(
            label=repository.full_name,
            url=repository_path(repository.host, repository.owner, repository.name),
            state=words.STATE_NAME[repository.state],
            verdict=scan.verdict if scan else None,
            eligible=bool(scan and scan.eligible is not False),
            legacy=scan.legacy if scan else None,
            modern=scan.modern if scan else None,
            torch_range=scan.torch_range if scan else None,
            stars=repository.stars,
        )


@dataclass(frozen=True, slots=True)
class Side:
    """One side of PyTorch 1.9. `admitted` is whether the repository's requirements admit it."""

    title: str
    outcome: Outcome
    admitted: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter of the list."""

    name: str
    label: str
    chosen: str
    options: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A filter that came with a link and has no field in the form; `without` is the list without it."""

    name: str
    label: str
    value: str
    without: str


@router.get("/explore")
def explore(request: Request, shared: SharedDep) -> Response:
    """The list, with its filters in the address bar."""
    given = [(name, value) for name, value in request.query_params.multi_items() if value]
    if len(given) < len(request.query_params.multi_items()):
        # A form sends the choices that were left open too; the address bar keeps only those that were made.
        query = "&".join(f"{quote(name)}={quote(value)}" for name, value in given)
        return RedirectResponse(f"/explore?{query}" if query else "/explore", status_code=303)
    query_model = list_query(given)
    try:
        page = shared.store.list_repositories(
            query_model.filters(), sort=query_model.sort, cursor=query_model.cursor, limit=query_model.limit
        )
    except BadCursor as error:
        raise Problem(BAD_CURSOR, "The list has changed, or the address was shortened.") from error
    choices = _choices(query_model)
    return shared.pages.render(
        "explore.html",
        here="/explore",
        choices=choices,
        kept=_kept(query_model, choices),
        sorts=_SORTS,
        sort=query_model.sort,
        text=query_model.text or "",
        filtered=query_model.is_filtered,
        rows=[Row.of(line) for line in page.items],
        counted=_counted(shared, query_model, page),
        orders={name: query_model.model_copy(update={"sort": name}).address("/explore") for name in _SORTS},
        min_stars="" if query_model.min_stars is None else query_model.min_stars,
        later=query_model.cursor is not None,
        first_url=query_model.address("/explore"),
        next_url=query_model.address("/explore", cursor=page.next_cursor) if page.next_cursor else None,
        api_url=query_model.address(f"{API}/repos"),
        csv_url=query_model.address("/explore.csv"),
    )


def _counted(shared: Shared, query: ListQuery, page: Page) -> str:
    """How many repositories the whole list has, in words. Past a thousand it is not counted: that would cost a pass."""
    if query.cursor is None and page.next_cursor is None:
        number = len(page.items)
    else:
        number = shared.store.count_repositories(query.filters(), most=_COUNTED)
    if number > _COUNTED:
        return f"More than {_COUNTED:,} repositories"
    return "1 repository" if number == 1 else f"{number:,} repositories"


@router.get("/search")
def search(shared: SharedDep, q: Annotated[str, Query(max_length=500)] = "") -> Response:
    """Wherever the words in the search box lead: a repository's page, the list, or what to write instead."""
    text = q.replace("\x00", "").strip()
    if not text:
        return RedirectResponse("/explore", status_code=303)
    if "/" not in text:
        return RedirectResponse(f"/explore?text={quote(text[:200], safe='')}", status_code=303)
    try:
        host, owner, name = named(text)
    except UnknownAddressError as error:
        return _message(shared, 404, "This is no address that we know", str(error), query=text, elsewhere=True)
    return RedirectResponse(repository_path(host, owner, name), status_code=303)


@router.get("/repos/{host}/{owner}/{name}")
def repository(
    request: Request,
    shared: SharedDep,
    host: Annotated[PathPart, Path()],
    owner: Annotated[PathPart, Path()],
    name: Annotated[PathPart, Path()],
    commit: Annotated[str | None, Query(pattern=COMMIT)] = None,
) -> Response:
    """The verdict on a repository, and every loader's story."""
    found = find(shared.store, host, owner, name, commit, report=True)
    following = live(shared.store, found.repository)
    headers = SCRIPTED if following else {}
    if found.scan is None:
        return _without_scan(shared, found.repository, following, headers)
    page = _repository_page(shared, found, commit)
    badge = f"/badge{page['path'].removeprefix('/repos')}.svg"
    return shared.pages.render(
        "repository.html",
        headers=headers,
        live=following,
        badge_url=badge,
        badge_code=f"[![worker seeds]({_here(request)}{badge})]({_here(request)}{page['path']})",
        **page,
    )


@router.get("/method")
def how(shared: SharedDep) -> Response:
    """How a verdict is reached, and what is not covered."""
    return shared.pages.render(
        "method.html",
        here="/method",
        questions=method.QUESTIONS,
        truth=method.TRUTH,
        limits=method.LIMITS,
        measured=method.measured(MEASUREMENTS[-1]),
        measurement=MEASUREMENTS[-1],
    )


@router.get("/api")
def api(request: Request, shared: SharedDep) -> Response:
    """The REST API for a reader, from the same description that programs get."""
    return shared.pages.render(
        "api.html",
        here="/api",
        here_at=_here(request),
        known=_known_here(shared.store),
        operations=operations(request.app.openapi()),
        kinds=list(KINDS.values()),
    )


def _known_here(store: Store) -> str:
    """A repository of GitHub's that the examples can be tried with: one that has a report here, if any has."""
    scanned = store.list_repositories(Filters(scanned=True, host=GITHUB), limit=1).items
    name = scanned[0].repository.full_name if scanned else _EXAMPLE
    # It is put into commands that people copy.
    return name if shell_word(name) == name else _EXAMPLE


@router.get("/docs")
def docs() -> Response:
    """Where people look for an API's description."""
    return RedirectResponse("/api", status_code=308)


@router.get("/problems/{slug}")
def problem(shared: SharedDep, slug: str) -> Response:
    """What a kind of problem means."""
    kind = KINDS.get(slug)
    if kind is None:
        raise Problem(NOT_FOUND, "There is no such kind of problem.")
    return _message(shared, 200, kind.title, f"Answers of this kind have the status {kind.status}.", remedy=kind.remedy)


def problem_page(shared: Shared, problem: Problem, request_id: str) -> Response:
    """A problem as a page for people."""
    return _message(
        shared,
        problem.kind.status,
        problem.kind.title,
        problem.detail,
        remedy="" if problem.scan_command else problem.kind.remedy,
        scan_command=problem.scan_command,
        elsewhere=problem.kind.status < 500 and not problem.scan_url,
        scan_action=problem.scan_url.removeprefix(API).removesuffix("s") if problem.scan_url else None,
        request_id=request_id if problem.kind.status >= 500 else None,
        headers=problem.headers,
    )


def _message(shared: Shared, status: int, title: str, detail: str, **more: Any) -> Response:
    context: dict[str, Any] = {
        "crumb": None,
        "remedy": "",
        "scan_command": None,
        "scan_action": None,
        "live": None,
        "report": None,
        "website": None,
        "elsewhere": False,
        "request_id": None,
        "headers": {},
        **more,
    }
    return shared.pages.render("message.html", status=status, here="", title=title, detail=detail, **context)


def _here(request: Request) -> str:
    """The address under which the service was reached, for what is copied from a page to elsewhere."""
    return str(request.base_url).rstrip("/")


def _without_scan(
    shared: Shared, repository: Repository, following: Live | None, headers: Mapping[str, str]
) -> Response:
    crumb = f"{repository.host} / {repository.full_name}"
    if following:
        # What else the page says of the scan is renewed while it goes on; this has to be true all the time.
        title, detail = f"{repository.name}: a scan was asked for", "This page has the answer when it is done."
    else:
        title = f"{repository.name}: {words.STATE_NAME[repository.state]}"
        detail = words.state_in_full(repository.state, repository.state_reason)
    action = None
    if may_be_asked(repository.host) and repository.state != "opted_out":
        action = f"{repository_path(repository.host, repository.owner, repository.name)}/scan"
    more = {"crumb": crumb, "website": _website(shared, repository), "live": following, "scan_action": action}
    return _message(shared, 200, title, detail, headers=headers, **more)


def _repository_page(shared: Shared, found: Found, commit: str | None) -> dict[str, Any]:
    repository, scan = found.repository, found.scan
    assert scan is not None
    report = Report.model_validate_json(report_text(shared.store, scan, found.report))
    website = website_of(shared.settings)

    def link(place: Place) -> str | None:
        return website.place(repository.host, repository.owner, repository.name, report.commit, place)

    teller = Storyteller(shared.store.list_excerpts(scan.id), link)
    stories = [teller.tell(pair) for pair in report.pairs]
    page = _website(shared, repository)
    path = repository_path(repository.host, repository.owner, repository.name)
    unquoted = bool(stories) and not any(map(_is_quoted, stories))
    return {
        "here": "",
        "label": repository.full_name,
        "path": path,
        "scan_action": f"{path}/scan" if may_be_asked(repository.host) else None,
        "repository": repository,
        "scan": scan,
        "unlicensed": scan.licensed is False and unquoted,
        "unquoted": unquoted,
        "report": report,
        "api_url": API + path + (f"?commit={commit}" if commit else ""),
        "website": page,
        "commit_url": f"{page}/commit/{report.commit}" if page and report.commit else None,
        "state_note": _state_note(repository),
        "headline": words.headline(report),
        "upgrade": words.upgrade(report),
        "sides": _sides(report),
        "torch_spot": teller.spot(report.torch.evidence),
        "stories": stories,
        "patch_of": {
            name: tried for tried in reversed(shared.store.proofs.patches_of(scan.id)) for name in tried.patch.pairs
        },
        "patch_url": f"{API}{path}/patch?" + (f"commit={commit}&" if commit else ""),
        "verified": {
            place: (stored, Markup(picture(stored.said)))  # noqa: S704 - our own SVG, whose texts are escaped
            for place, stored in shared.store.verifications.of_scan(scan.id).items()
        },
        "verifications_url": f"{API}{path}/verifications" + (f"?commit={commit}" if commit else ""),
        "said_of": said_of(report.answers, shared.store.disputes.of_repository(repository.id)),
        "bugs": sum(story.has_bug and story.pair.counts for story in stories),
        "bugs_of": BUGS,
        "shown_open": _STORIES_OPEN,
        "listed_apart": _listed_apart(stories),
        "checks": [_check(teller, check) for check in report.checks],
        "check_runs": shared.store.check_runs.of_scan(scan.id),
        "seeds": [_seed(teller, seed) for seed in report.seeds[:_ROWS_SHOWN]],
        "seeds_left_out": max(0, len(report.seeds) - _ROWS_SHOWN),
        "history": history_of(shared.store, repository, website),
        "unread": report.unread[:_ROWS_SHOWN],
        "unread_left_out": max(0, len(report.unread) - _ROWS_SHOWN),
    }


def _listed_apart(stories: Sequence[Story]) -> int | None:
    """From which story on none repeats in a way that counts, where these are too many to be read one by one."""
    telling = [place for place, story in enumerate(stories) if story.pair.counts and not _is_clean(story)]
    last = max(telling, default=-1)
    return last + 1 if len(stories) - last - 1 > _WITHOUT_A_BUG else None


def _is_clean(story: Story) -> bool:
    return story.pair.legacy == story.pair.modern == "clean"


def _is_quoted(story: Story) -> bool:
    return any(spot.lines for step in story.steps for spot in step.spots)


def _check(teller: Storyteller, check: CheckFinding) -> dict[str, str | Spot | None]:
    spot = teller.spot(f"{check.path}:{check.line}")
    return {"id": check.id, "code": check.code, "message": check.message, "spot": spot}


def _seed(teller: Storyteller, seed: SeedUse) -> dict[str, str | int | Spot | None]:
    return {"value": seed.value, "api": seed.api, "spot": teller.spot(f"{seed.path}:{seed.line}")}


def _sides(report: Report) -> list[Side]:
    return [
        Side("PyTorch < 1.9", report.legacy, report.torch.range != ">=1.9"),
        Side("PyTorch ≥ 1.9", report.modern, report.torch.range != "<1.9"),
    ]


def _state_note(repository: Repository) -> str | None:
    """What became of the repository since the scan that is shown."""
    if repository.state == "scanned":
        return None
    said = words.state_in_full(repository.state, repository.state_reason)
    return f"Since this scan: {words.STATE_NAME[repository.state]}. {said}".strip()


def _website(shared: Shared, repository: Repository) -> str | None:
    return website_of(shared.settings).repository(repository.host, repository.owner, repository.name)


def list_query(given: list[tuple[str, str]]) -> ListQuery:
    """The query from an address; `a,b` is the same as both values, since a form's choice can send only one.

    Raises Problem where it has a name or a value that a list does not have.
    """
    values: dict[str, Any] = {"limit": _EXPLORE_LIMIT}
    for name, value in given:
        if name in _SEVERAL:
            values.setdefault(name, []).extend(value.split(","))
        else:
            values[name] = value
    try:
        return ListQuery.model_validate(values)
    except ValidationError as error:
        names = ", ".join(sorted({str(fault["loc"][0]) for fault in error.errors()}))
        raise Problem(INVALID, f"The list cannot be shown by: {names}.") from error


def _choices(query: ListQuery) -> list[Choice]:
    """The filters that the page offers, with the ones in use chosen."""
    outcomes: dict[Any, str] = {",".join(BUG_OUTCOMES): "any repeat", **words.OUTCOME_NAME}
    ranges: dict[str, str] = {name: words.TORCH_RANGE[name] for name in get_args(TorchRange)}
    offered: dict[str, tuple[str, Mapping[Any, str]]] = {
        "verdict": ("Verdict", {",".join(AFFECTED): "affected, any of these", **words.VERDICT_NAME}),
        "legacy": ("PyTorch < 1.9", outcomes),
        "modern": ("PyTorch ≥ 1.9", outcomes),
        "torch_range": ("Asks for", ranges),
        "draw_kind": ("Draws from", words.DRAW_KIND),
        "reseed": ("Reseeding", words.RESEED),
        "state": ("State", words.STATE_NAME),
        "check": ("Has the fault", words.faults()),
    }
    choices: list[Choice] = []
    for name, (label, options) in offered.items():
        chosen = ",".join(getattr(query, name))
        shown: list[tuple[str, str]] = [(value, text) for value, text in options.items()]
        if chosen and chosen not in options:
            shown.append((chosen, chosen.replace(",", ", ")))
        choices.append(Choice(name, label, chosen, shown))
    return choices


def _kept(query: ListQuery, offered: Iterable[Choice]) -> list[Kept]:
    """The filters in use that the form has no field for."""
    fields = {choice.name for choice in offered} | {"text", "min_stars", "sort", "cursor", "limit"}
    kept: list[Kept] = []
    for name, value in query.model_dump(exclude_defaults=True, exclude=fields).items():
        if isinstance(value, list):
            text = ",".join(map(str, value))
        else:
            text = str(value).lower() if isinstance(value, bool) else str(value)
        without = query.model_copy(update={name: ListQuery.model_fields[name].default})
        kept.append(Kept(name, name.replace("_", " "), text, without.address("/explore")))
    return kept

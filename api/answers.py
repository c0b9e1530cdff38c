"""Finding the scan that a request is about, for the REST API and the dashboard alike."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from api.problems import BAD_TARGET, COMMIT_NOT_SCANNED, NOT_FOUND, NOT_SCANNED, Problem
from api.targets import UnknownAddressError, named
from miner.store import Store
from miner.store.records import GITHUB, LOCAL, Repository, Scan

API: Final = "/api/v1"
LARGEST_ID: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Found:
    """A repository and a scan of it; no scan where the repository's state is the whole answer.

    `report` is the scan's as it was stored, where it was read with it; `report_text` gives it in any case.
    """

    repository: Repository
    scan: Scan | None
    report: str | None = None


class Renamed(Exception):  # noqa: N818 - no error, but where the answer is
    """The repository has another name now."""

    def __init__(self, repository: Repository) -> None:
        super().__init__(repository.full_name)
        self.repository = repository


def repository_path(host: str, owner: str, name: str) -> str:
    """`/repos/github.com/owner/name`, the address of the page, and of the report under `/api/v1`."""
    return "/repos/" + "/".join(quote(part, safe="") for part in (host, owner, name))


def scan_command(host: str, owner: str, name: str) -> str:
    """What to type to have the repository scanned."""
    if host == LOCAL:
        return "seedwatch scan PATH"
    target = f"{owner}/{name}" if host == GITHUB else f"https://{host}/{owner}/{name}"
    return f"seedwatch scan {shell_word(target)}"


def shell_word(text: str) -> str:
    """`text` as one word of a shell. A stranger's name must not become a command of the person who copies it."""
    harmless = text.isascii() and all(character.isalnum() or character in "/._-:" for character in text)
    return text if harmless and not text.startswith("-") else "'" + text.replace("'", "'\\''") + "'"


def find(store: Store, host: str, owner: str, name: str, commit: str | None = None, *, report: bool = False) -> Found:
    """The repository and its newest scan, or the one of `commit`; with `report`, the newest scan's is read with it.

    Raises Problem: NOT_SCANNED where nobody has asked for a scan, COMMIT_NOT_SCANNED where there is none of `commit`;
    and Renamed.
    """
    looked = store.look(host, owner, name, report=report and commit is None)
    repository = None if looked is None else looked.repository
    if repository is None or repository.state == "gone":
        present = store.get_former(host, owner, name)
        if present is not None:
            raise Renamed(present)
    if looked is None or repository is None:
        raise _not_scanned(host, owner, name)
    scan = looked.scan if commit is None else store.get_scan(repository.id, commit)
    if scan is not None:
        return Found(repository, scan, looked.report)
    if commit is not None:
        raise Problem(COMMIT_NOT_SCANNED, f"There is no scan of {repository.full_name} at {commit}.")
    if repository.state == "discovered":
        raise _not_scanned(repository.host, repository.owner, repository.name)
    return Found(repository, None)


def look_up(store: Store, text: str, *, report: bool = False) -> Found:
    """The repository that any spelling of its address, a former name or GitHub's number means, and its newest scan.

    Raises Problem: BAD_TARGET, NOT_SCANNED.
    """
    if text.strip().isdecimal():
        number = int(text) if len(text) < 20 else LARGEST_ID + 1
        repository = store.get_repository_by_github_id(number) if number <= LARGEST_ID else None
        if repository is None:
            raise Problem(NOT_FOUND, f"No repository with GitHub's number {number} is known here.")
        return find(store, repository.host, repository.owner, repository.name, report=report)
    try:
        host, owner, name = named(text)
    except UnknownAddressError as error:
        raise Problem(BAD_TARGET, str(error)) from error
    try:
        return find(store, host, owner, name, report=report)
    except Renamed as renamed:
        present = renamed.repository
        return find(store, present.host, present.owner, present.name, report=report)


def report_text(store: Store, scan: Scan, read: str | None = None) -> str:
    """The scan's report, byte for byte as it was stored; `read` is the one that was found with it.

    Raises Problem: COMMIT_NOT_SCANNED where the scan was purged since it was found.
    """
    report = store.get_report(scan.id) if read is None else read
    if report is None:
        raise Problem(COMMIT_NOT_SCANNED, f"The scan of {scan.commit} is gone.")
    return report


def _not_scanned(host: str, owner: str, name: str) -> Problem:
    label = name if host == LOCAL else f"{owner}/{name}"
    return Problem(
        NOT_SCANNED,
        f"Nobody has scanned {label} here yet.",
        scan_command=scan_command(host, owner, name),
        scan_url=f"{API}{repository_path(host, owner, name)}/scans",
    )

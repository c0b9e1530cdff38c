"""Finding the scan that a request is about, for the REST API and the dashboard alike."""

from dataclasses import dataclass
from urllib.parse import quote

from api.problems import COMMIT_NOT_SCANNED, NOT_SCANNED, Problem
from miner.store import Store
from miner.store.records import GITHUB, LOCAL, Repository, Scan


@dataclass(frozen=True, slots=True)
class Found:
    """A repository and a scan of it; no scan where the repository's state is the whole answer."""

    repository: Repository
    scan: Scan | None


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


def find(store: Store, host: str, owner: str, name: str, commit: str | None = None) -> Found:
    """The repository and its newest scan, or the one of `commit`.

    Raises Problem: NOT_SCANNED where nobody has asked for a scan, COMMIT_NOT_SCANNED where there is none of `commit`.
    """
    repository = store.get_repository(host, owner, name)
    if repository is None:
        raise _not_scanned(host, owner, name)
    scan = store.get_scan(repository.id, commit)
    if scan is not None:
        return Found(repository, scan)
    if commit is not None:
        raise Problem(COMMIT_NOT_SCANNED, f"There is no scan of {repository.full_name} at {commit}.")
    if repository.state == "discovered":
        raise _not_scanned(repository.host, repository.owner, repository.name)
    return Found(repository, None)


def report_text(store: Store, scan: Scan) -> str:
    """The scan's report, byte for byte as it was stored.

    Raises Problem: COMMIT_NOT_SCANNED where the scan was purged since it was found.
    """
    report = store.get_report(scan.id)
    if report is None:
        raise Problem(COMMIT_NOT_SCANNED, f"The scan of {scan.commit} is gone.")
    return report


def _not_scanned(host: str, owner: str, name: str) -> Problem:
    command = scan_command(host, owner, name)
    label = name if host == LOCAL else f"{owner}/{name}"
    return Problem(NOT_SCANNED, f"Nobody has scanned {label} here yet.", scan_command=command)

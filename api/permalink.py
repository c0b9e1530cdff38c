"""Addresses of repositories, commits and places on their host's website."""

from dataclasses import dataclass
from urllib.parse import quote

from analysis.places import Place
from miner.settings import Settings
from miner.store import GITHUB


@dataclass(frozen=True, slots=True)
class Website:
    """GitHub's website, or that of the Enterprise server in its place; of other hosts no addresses are known."""

    address: str = "https://github.com"

    def repository(self, host: str, owner: str, name: str) -> str | None:
        """The repository's own page."""
        return f"{self.address}/{quote(owner, safe='')}/{quote(name, safe='')}" if host == GITHUB else None

    def commit(self, host: str, owner: str, name: str, commit: str) -> str | None:
        """A commit's diff."""
        repository = self.repository(host, owner, name)
        return repository and f"{repository}/commit/{quote(commit, safe='')}"

    def place(self, host: str, owner: str, name: str, commit: str | None, place: Place) -> str | None:
        """A place at the commit that was read; there are no line anchors in notebooks, so those link to the file."""
        repository = self.repository(host, owner, name)
        if repository is None or commit is None:
            return None
        # A lone surrogate (a file name that is not UTF-8) has no address on the website that would be right.
        path = quote(place.file, safe="/", errors="replace")
        address = f"{repository}/blob/{quote(commit, safe='')}/{path}"
        return address if place.cell is not None else f"{address}#L{place.line}"


def website_of(settings: Settings) -> Website:
    """Where OWNER/NAME is fetched from, it is shown too."""
    return Website(settings.git_url)

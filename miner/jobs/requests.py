"""Asking for scans: what a user writes, made into the items of a batch."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from miner.errors import BadTarget
from miner.store import GITHUB, LOCAL_OWNER, NewItem, RepositoryInfo
from miner.targets import GitHubTarget, LocalTarget, Target, UrlTarget, parse_github, parse_local, parse_target

_AS = " as "


@dataclass(frozen=True, slots=True)
class Requested:
    """A target, and which repository it is; None for a local one that is nothing but its path."""

    target: Target
    identity: RepositoryInfo | None
    alias: GitHubTarget | None = None

    @property
    def text(self) -> str:
        """What `read_request` reads this from, whatever folder it is read in."""
        return str(self.target) if self.alias is None else f"{self.target}{_AS}{self.alias}"


def read_request(text: str) -> Requested:
    """Reads a target: what `parse_target` reads, or `PATH as OWNER/NAME` for a local copy of a GitHub repository.

    Raises BadTarget.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:  # bytes of a file name or an argument that are not UTF-8
        raise BadTarget(f"{text!a} is not UTF-8 and cannot be kept: rename it, or give its address") from error
    path, separator, name = text.rpartition(_AS)
    if not separator:
        target = parse_target(text)
        return Requested(target, None if isinstance(target, LocalTarget) else identity_of(target))
    try:
        alias = parse_github(name)
    except BadTarget as error:
        raise BadTarget(f"{name!r} does not name a repository on GitHub: write PATH as OWNER/NAME") from error
    target = parse_local(path)
    return Requested(target, identity_of(alias), alias)


def as_items(targets: Iterable[str]) -> list[NewItem]:
    """The items of a batch, each target once. One that cannot be read is an item too, and fails with its reason."""
    items: dict[str, NewItem] = {}
    for text in targets:
        try:
            requested = read_request(text)
            item = NewItem(requested.text, requested.identity)
        except BadTarget:
            item = NewItem(text.strip(), None)
        items.setdefault(item.target.lower() if item.identity else item.target, item)
    return list(items.values())


def identity_of(target: GitHubTarget | UrlTarget) -> RepositoryInfo:
    """Which repository a target on a server is."""
    if isinstance(target, GitHubTarget):
        return RepositoryInfo(target.owner, target.name, host=GITHUB)
    parts = urlsplit(target.url)
    owner, _, name = parts.path.strip("/").rpartition("/")
    return RepositoryInfo(owner or LOCAL_OWNER, name.removesuffix(".git"), host=parts.netloc, url=target.url)

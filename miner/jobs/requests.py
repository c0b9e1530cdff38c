"""Asking for scans at this machine: what its user writes, made into the items of a batch.

Folders are read too, so nobody is to be asked here who may not look into them; the service has `miner.jobs.queued`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from miner.errors import BadTarget
from miner.jobs.queued import AS, identity_of, once_each
from miner.store import NewItem, RepositoryInfo
from miner.targets import GitHubTarget, LocalTarget, Target, parse_github, parse_local, parse_target


@dataclass(frozen=True, slots=True)
class Requested:
    """A target, and which repository it is; None for a local one that is nothing but its path."""

    target: Target
    identity: RepositoryInfo | None
    alias: GitHubTarget | None = None

    @property
    def text(self) -> str:
        """What an item keeps, which means the same whatever folder it is read in."""
        return str(self.target) if self.alias is None else f"{self.target}{AS}{self.alias}"


def read_request(text: str) -> Requested:
    """Reads a target: what `parse_target` reads, or `PATH as OWNER/NAME` for a local copy of a GitHub repository.

    Raises BadTarget.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:  # bytes of a file name or an argument that are not UTF-8
        raise BadTarget(f"{text!a} is not UTF-8 and cannot be kept: rename it, or give its address") from error
    path, separator, name = text.rpartition(AS)
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
    return once_each(map(_item, targets))


def _item(text: str) -> NewItem:
    try:
        requested = read_request(text)
    except BadTarget:
        return NewItem(text.strip(), None)
    return NewItem(requested.text, requested.identity)

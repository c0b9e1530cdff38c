"""How a repository is written in an item of a batch, and read again by the job that takes the item up.

What a target is was decided where it came in: a repository elsewhere is kept as `OWNER/NAME` or an https address, a
folder of this machine by its absolute path, with ` as OWNER/NAME` where it is a copy of one on GitHub. Nothing but such
a path is read as a folder, so none is reached by whoever could only name repositories elsewhere.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from miner.errors import BadTarget
from miner.store import GITHUB, LOCAL_OWNER, NewItem, RepositoryInfo
from miner.targets import GitHubTarget, LocalTarget, Target, UrlTarget, parse_local, parse_remote, parse_target

AS: Final = " as "


def identity_of(target: GitHubTarget | UrlTarget) -> RepositoryInfo:
    """Which repository a target on a server is."""
    if isinstance(target, GitHubTarget):
        return RepositoryInfo(target.owner, target.name, host=GITHUB)
    parts = urlsplit(target.url)
    owner, _, name = parts.path.strip("/").rpartition("/")
    return RepositoryInfo(owner or LOCAL_OWNER, name.removesuffix(".git"), host=parts.netloc, url=target.url)


def remote_of(host: str, owner: str, name: str) -> GitHubTarget | UrlTarget:
    """The target whose identity these three are: each is a host, an owner and a name, and nothing else.

    Raises BadTarget.
    """
    path = name if owner == LOCAL_OWNER else f"{owner}/{name}"
    target = parse_remote(f"https://{host}/{path}")
    identity = identity_of(target)
    read = f"{identity.host}/{identity.owner}/{identity.name}"
    if read.lower() != f"{host}/{owner}/{name}".removesuffix(".git").lower():
        raise BadTarget(f"{f'{host}/{owner}/{name}'!r} is no repository of a host")
    return target


def item_of(target: GitHubTarget | UrlTarget) -> NewItem:
    """A repository elsewhere as an item."""
    return NewItem(str(target), identity_of(target))


def once_each(items: Iterable[NewItem]) -> list[NewItem]:
    """The items without those that name the same again."""
    found: dict[str, NewItem] = {}
    for item in items:
        found.setdefault(item.target.lower() if item.identity else item.target, item)
    return list(found.values())


def target_of(text: str) -> Target:
    """What the text of an item names.

    Raises BadTarget, of what could not be read when it came in too.
    """
    if text.startswith("/"):
        path, separator, _ = text.rpartition(AS)
        return parse_local(path if separator else text)
    target = parse_target(text)
    if isinstance(target, LocalTarget):
        raise BadTarget(f"{text!r} was no folder when it was asked for: ask again")
    return target

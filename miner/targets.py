"""What people type to name a repository, read into what it means."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from miner.errors import BadTarget

_OWNER = re.compile(r"[A-Za-z0-9_-]{1,100}")
_NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_SCP = re.compile(r"(?:[A-Za-z0-9_.-]+@)?(?P<host>[A-Za-z0-9.-]+):(?P<path>[^/\\].*)")
_GITHUB_HOSTS = frozenset(
    {
        "github.com",
        "www.github.com",
        "ssh.github.com",
        "api.github.com",
        "raw.githubusercontent.com",
        "codeload.github.com",
    }
)
_API_PATH = re.compile(r"/?repos/(?=[^/]+/[^/]+)")
_GITHUB_SCHEMES = frozenset({"https", "http", "ssh", "git"})
_PREFIX = re.compile(r"(?:github|gh):(?=[^/]+/[^/])", re.IGNORECASE)
_PAIRS = frozenset({"<>", '""', "''", "``"})
_PINNED = re.compile(r"[@#?].*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_EXPECTED = "write OWNER/NAME, an https address or the path of a repository"


@dataclass(frozen=True, slots=True)
class GitHubTarget:
    """A repository on GitHub."""

    owner: str
    name: str

    def clone_url(self, git_url: str = "https://github.com") -> str:
        """Where git finds it; `git_url` is the server's address, GitHub's own by default."""
        return f"{git_url.rstrip('/')}/{self.owner}/{self.name}.git"

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True)
class UrlTarget:
    """A repository on another server, at an https address."""

    url: str

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True)
class LocalTarget:
    """A repository on this machine, at an absolute path."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


Target = GitHubTarget | UrlTarget | LocalTarget


def parse_target(text: str) -> Target:
    """Reads `text`: any spelling of a GitHub address, an https address, or the path of a folder that exists.

    `owner/name` is GitHub's, unless it begins with `.`, `/` or `~`; so a folder `a/b` here is written `./a/b`.
    Raises BadTarget, which says what to write instead.
    """
    text = _bare(text)
    if not text or _CONTROL.search(text):
        raise BadTarget(f"{text!r} is not a target: {_EXPECTED}")
    return _elsewhere(text) or _local(text)


def parse_github(text: str) -> GitHubTarget:
    """Reads any spelling of a GitHub address; no folder of this machine is meant, or looked for.

    Raises BadTarget.
    """
    target = parse_remote(text)
    if not isinstance(target, GitHubTarget):
        raise BadTarget(f"{text!r} does not name a repository on GitHub: write OWNER/NAME")
    return target


def parse_remote(text: str) -> GitHubTarget | UrlTarget:
    """Reads any spelling of a GitHub address, or an https address; no folder of this machine is meant, or looked for.

    Raises BadTarget.
    """
    text = _bare(text)
    target = None if _CONTROL.search(text) else _elsewhere(text)
    if target is None:
        raise BadTarget(f"{text!r} names no repository elsewhere: write OWNER/NAME or an https address")
    return target


def parse_owner(text: str) -> str:
    """Reads the name of an organisation or a user on GitHub, `https://github.com/OWNER` too.

    Raises BadTarget.
    """
    owner = re.sub(r"^(https?://)?(www\.)?github\.com/", "", text.strip(), flags=re.IGNORECASE).strip("/")
    if not _OWNER.fullmatch(owner):
        raise BadTarget(f"{text!r} does not name an organisation or a user: write OWNER")
    return owner


def _bare(text: str) -> str:
    """The address without what it was wrapped in where it was copied from."""
    text = text.strip()
    if text[:1] + text[-1:] in _PAIRS:
        text = text[1:-1].strip()
    if text.count("/") == 1 and not text.startswith(("/", ".", "~")):
        text = "/".join(part.strip() for part in text.split("/"))
    return _PREFIX.sub("github.com/", text, count=1)


def _elsewhere(text: str) -> GitHubTarget | UrlTarget | None:
    """The repository elsewhere that a bare text names, None where it can only be a path. Raises BadTarget."""
    if text.startswith(("/", ".", "~")):
        return None
    if "://" in text:
        return _address(text)
    if scp := _SCP.fullmatch(text):
        return _ssh(text, scp["host"], scp["path"])
    first, _, rest = text.partition("/")
    if first.lower() in _GITHUB_HOSTS:
        return _on_github(text, rest)
    return _on_github(text, text) if rest and "/" not in rest else None


def parse_local(text: str) -> LocalTarget:
    """Reads the path of a folder that exists, `a/b` too.

    Raises BadTarget.
    """
    text = text.strip()
    if not text or _CONTROL.search(text):
        raise BadTarget(f"{text!r} is not a path: write the path of a repository")
    return _local(text)


def _on_github(text: str, path: str) -> GitHubTarget:
    """`path` is what follows the host: owner, name, and perhaps a page of the repository."""
    if "api.github.com/" in text.lower():
        path = _API_PATH.sub("", path, count=1)
    owner, _, rest = path.strip("/").partition("/")
    name = _PINNED.sub("", rest.partition("/")[0]).removesuffix(".git")
    if not _OWNER.fullmatch(owner) or not _NAME.fullmatch(name):
        raise BadTarget(f"{text!r} does not name a repository on GitHub: write OWNER/NAME")
    return GitHubTarget(owner, name)


def _address(text: str) -> GitHubTarget | UrlTarget:
    try:
        # pip's spelling, `git+https://...@REF#egg=NAME`, is what requirements files have.
        parts = urlsplit(text.removeprefix("git+"))
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadTarget(f"{text!r} is not an address: {_EXPECTED}") from error
    if host in _GITHUB_HOSTS and parts.scheme in _GITHUB_SCHEMES:
        return _on_github(text, parts.path.partition("@")[0])
    if parts.scheme != "https":
        raise BadTarget(f"{text!r} cannot be fetched, only https addresses can: write https://...")
    if parts.username is not None or parts.password is not None:
        raise BadTarget("an address with a user name or a password in it is not taken: leave them out")
    if not host or not parts.path.strip("/") or " " in text:
        raise BadTarget(f"{text!r} does not name a repository: write https://HOST/PATH")
    # GitLab's pages of a repository begin with `/-/`, which no path of one holds.
    path = parts.path.partition("/-/")[0].rstrip("/")
    server = f"[{host}]" if ":" in host else host
    return UrlTarget(f"https://{server}{'' if port is None else f':{port}'}{path}")


def _ssh(text: str, host: str, path: str) -> GitHubTarget:
    if host.lower() in _GITHUB_HOSTS:
        return _on_github(text, path)
    raise BadTarget(f"{text!r} cannot be fetched, only https addresses can: write https://{host}/{path}")


def _local(text: str) -> LocalTarget:
    try:
        path = Path(text).expanduser().resolve()
        if path.is_dir():
            return LocalTarget(path)
        fault = "is a file, not the folder of a repository" if path.exists() else "does not exist"
    except (OSError, RuntimeError) as error:  # a name too long for the system; no such user
        raise BadTarget(f"{text!r} cannot be looked at: {_EXPECTED}") from error
    raise BadTarget(f"{text!r} {fault}: {_EXPECTED}")

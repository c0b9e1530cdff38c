"""What can go wrong on the way from an address to a stored scan, sorted by who can act on it.

    MinerError
    ├── BadInput                 the caller asked for something that cannot be
    │   ├── BadTarget            neither a GitHub address, an https address nor a local path
    │   ├── BadQuery             GitHub does not accept the search
    │   ├── NotARepository       no git repository at that path
    │   └── UnknownCommit        the repository has no such commit
    ├── GitMissing               the machine has no usable `git` program
    ├── GitHubError              GitHub gave no answer that can be used
    │   ├── Unauthorized         the token is not accepted
    │   ├── RateLimited          GitHub says wait; `retry_after` says how long, where it is known
    │   └── GitHubUnavailable    broken answers, no connection
    └── RepositoryError          one repository cannot be scanned: a row with a state and a reason
        ├── Gone                 deleted, private, or never there
        ├── Empty                has no commits
        ├── TooLarge             over the limits on bytes or memory
        ├── Hostile              made to harm whoever reads it
        ├── TimedOut             over the limits on time
        ├── Blocked              taken down or access refused
        ├── OptedOut             its owner asked to be left alone
        ├── NotKept              what was fetched of it once is not here any more
        └── FetchFailed          anything else; trying again may help
            └── Unreachable      its server cannot be found or connected to: the network may be away

Errors of git, httpx and PyGithub are translated into these where they enter; the message is one line for a person.
"""

# ruff: noqa: N818 - the names are those of the states that people see

from typing import ClassVar


class MinerError(Exception):
    """Base of every error that this package raises on purpose."""


class BadInput(MinerError):
    """The caller asked for something that cannot be."""


class BadTarget(BadInput):
    """A target is neither a GitHub address, an https address nor a local path."""


class BadQuery(BadInput):
    """GitHub does not accept the search query."""


class NotARepository(BadInput):
    """There is no git repository at the path."""


class UnknownCommit(BadInput):
    """The repository has no such commit."""


class GitMissing(MinerError):
    """The machine has no usable `git` program."""


class GitHubError(MinerError):
    """GitHub gave no answer that can be used."""


class Unauthorized(GitHubError):
    """The token is not accepted, or is needed and missing."""


class RateLimited(GitHubError):
    """A server says wait. `retry_after` is in seconds, None where the server did not say."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class GitHubUnavailable(GitHubError):
    """No connection, or answers that make no sense."""


class RepositoryError(MinerError):
    """One repository cannot be scanned. `state` is what its row in the store says."""

    state: ClassVar[str] = "failed"


class Gone(RepositoryError):
    """Deleted, private, or never there; a server does not say which."""

    state = "gone"


class Empty(RepositoryError):
    """The repository has no commits."""

    state = "empty"


class TooLarge(RepositoryError):
    """Over the limits on bytes or memory."""

    state = "too_large"


class Hostile(RepositoryError):
    """Made to harm whoever reads it."""

    state = "hostile"


class TimedOut(RepositoryError):
    """Over the limits on time."""

    state = "timed_out"


class Blocked(RepositoryError):
    """Taken down, or access is refused to everybody."""

    state = "blocked"


class OptedOut(RepositoryError):
    """Its owner asked to be left alone."""

    state = "opted_out"


class NotKept(RepositoryError):
    """What was fetched of it once is not here any more."""


class FetchFailed(RepositoryError):
    """Anything else; trying again may help."""


class Unreachable(FetchFailed):
    """Its server cannot be found or connected to, which may be the network's fault, or ours."""

"""What git's words about a failed fetch mean."""

import re

from miner.errors import (
    Blocked,
    Empty,
    FetchFailed,
    Gone,
    Hostile,
    RateLimited,
    RepositoryError,
    TimedOut,
    TooLarge,
    Unreachable,
)
from miner.git import printable
from miner.gitprocess import Finished

# git words its faults for people. The first that fits decides; lines that a server sends ("remote: ...") have no say.
_FSCK = re.compile(r"fsck error in pack")
_FAULTS: tuple[tuple[type[RepositoryError | RateLimited], str, str], ...] = (
    (RateLimited, "the server asks for a pause (429)", r"returned error: 429"),
    (
        Unreachable,
        "no connection to the server: is there a network, and is its name right?",
        r"Could not resolve (host|proxy)|(Failed|[Cc]ould ?n[o']t) (to )?connect to",
    ),
    (Blocked, "the server refuses access", r"returned error: (403|451)"),
    (
        Gone,
        "not found: deleted, private, or never there",
        r"repository '.*' not found|could not read Username|Authentication failed",
    ),
    (Empty, "the repository has no commits", r"couldn't find remote ref HEAD"),
    (FetchFailed, "the server no longer has this commit", r"not our ref|couldn't find remote ref"),
    (TimedOut, "the transfer took too long", r"Operation too slow|Operation timed out|signal 24"),
    (
        TooLarge,
        "larger than the limits for one repository",
        r"signal 25|[Ff]ile too large|[Oo]ut of memory|mmap failed|Cannot allocate memory",
    ),
    (
        Hostile,
        "the server leads to another protocol than https",
        r"[Pp]rotocol \W*\w+\W* (not supported|not allowed|disabled)|transport '.*' not allowed",
    ),
    (Hostile, "git refuses what the server sends", r"fsck error in pack"),
    (
        FetchFailed,
        "the transfer broke off, or what came is damaged",
        r"early EOF|unexpected disconnect|hung up|RPC failed|bad pack|unpack-objects failed|corrupt",
    ),
    # `index-pack` names every other fault itself: without a word it was ended for writing or computing too much.
    (TooLarge, "larger than the limits for one repository", r"invalid index-pack output"),
)


def refused_by_fsck(finished: Finished) -> bool:
    """Whether git's own check of the objects is what made it fail."""
    return finished.returncode != 0 and _FSCK.search(finished.stderr) is not None


def fault(finished: Finished, url: str) -> RepositoryError | RateLimited:
    """The error that git's end means."""
    if finished.timed_out:
        return TimedOut("the transfer took too long")
    # The address is anybody's choice of words.
    said = finished.stderr.replace(url, "URL").splitlines()
    own = [line for line in said if not line.startswith("remote:")]
    for error, reason, pattern in _FAULTS:
        if any(re.search(pattern, line) for line in own):
            return error(reason)
    return FetchFailed(f"git failed: {printable(own[-1].encode()) if own else f'exit {finished.returncode}'}")

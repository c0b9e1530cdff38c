"""From what a person types to the key of a repository."""

from typing import Final

from miner.errors import BadTarget
from miner.jobs.queued import identity_of
from miner.targets import parse_remote

_WHAT_TO_WRITE: Final = "Write owner/name, or the address of a repository: on GitHub, or an https address elsewhere."


class UnknownAddressError(Exception):
    """The text names no repository that the store could know; the message says what to write."""


def named(text: str) -> tuple[str, str, str]:
    """The host, owner and name that any spelling of a repository's address stands for.

    The same text is answered whether or not a folder of that name exists here: visitors learn nothing of this machine.
    Raises UnknownAddressError.
    """
    try:
        identity = identity_of(parse_remote(text))
    except BadTarget as error:
        raise UnknownAddressError(_WHAT_TO_WRITE) from error
    return identity.host, identity.owner, identity.name

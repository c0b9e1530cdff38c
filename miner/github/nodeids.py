"""Node ids computed from repository ids, so that ids drawn at random can be asked for a hundred at a time.

The encoding is not documented: "R_" and, in URL-safe base64, the MessagePack array [0, id]. It is checked against ids
that the server gives before it is relied on.
"""

from base64 import urlsafe_b64encode
from collections.abc import Iterable

import msgspec

from miner.store import RepositoryInfo


def node_id(github_id: int) -> str:
    """The node id of the repository with that numeric id."""
    packed = msgspec.msgpack.encode([0, github_id])
    return "R_" + urlsafe_b64encode(packed).rstrip(b"=").decode()


def encoding_holds(known: Iterable[RepositoryInfo]) -> bool:
    """Whether the server's own ids, of at least one repository, are what `node_id` makes of their numbers."""
    pairs = [(info.node_id, node_id(info.github_id)) for info in known if info.github_id and info.node_id]
    return bool(pairs) and all(given == computed for given, computed in pairs)

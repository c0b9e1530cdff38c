"""The login at the git server of a GitHub Enterprise: the same identity as at its API, and sent to that server alone.

At github.com nobody logs in: what is not public is not looked at.
"""

import base64
from urllib.parse import urlsplit

from miner.github.identity import Anonymous, Identity, identity_of
from miner.settings import Settings

_PUBLIC = "github.com"


class GitLogin:
    """What goes into the Authorization header of git's requests."""

    def __init__(self, settings: Settings) -> None:
        """Raises BadSettings for an identity that cannot be read."""
        self._server = f"{settings.git_url}/"
        server, api = urlsplit(settings.git_url), urlsplit(settings.github_url)
        own = server.scheme == "https" and server.hostname != _PUBLIC and _is_api_of(api.hostname, server.hostname)
        self._identity: Identity = identity_of(settings) if own else Anonymous()

    def header(self, url: str) -> str | None:
        """For the repository at `url`; None for those of other servers, and without an identity.

        Raises Unauthorized, GitHubUnavailable where an App's token cannot be renewed.
        """
        token = self._identity.token() if url.startswith(self._server) else None
        return None if token is None else f"Basic {base64.b64encode(f'x-access-token:{token}'.encode()).decode()}"


def _is_api_of(api: str | None, server: str | None) -> bool:
    """An Enterprise server has both at one address; GitHub's own hosting puts `api.` before it."""
    return server is not None and api in (server, f"api.{server}")

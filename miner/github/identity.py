"""Who this installation is to GitHub: nobody, one token, or one GitHub App. Never several: the terms forbid it.

Secrets come from the environment or from files and stay in memory. `label` is what budgets are kept under and what may
be shown.
"""

import hashlib
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Protocol

import httpx
from github import Auth

from miner.errors import GitHubUnavailable, Unauthorized
from miner.github.tls import context
from miner.settings import BadSettings, Settings

_RENEW_BEFORE_SECONDS = 300.0
_JWT_SECONDS = 540
_TIMEOUT_SECONDS = 30.0


class Identity(Protocol):
    """`label` names it and is no secret."""

    @property
    def label(self) -> str: ...

    def token(self) -> str | None:
        """What goes into the Authorization header now, None without any.

        Raises Unauthorized, GitHubUnavailable.
        """


class Anonymous:
    """No identity: 60 requests an hour, and no GraphQL."""

    label = "anonymous"

    def token(self) -> str | None:
        return None


class TokenIdentity:
    """A personal access token, or any other that stays the same."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.label = f"token-{hashlib.sha256(token.encode()).hexdigest()[:12]}"

    def token(self) -> str | None:
        return self._token


class AppIdentity:
    """An installation of a GitHub App. Its tokens live for an hour and are renewed before they end."""

    def __init__(
        self, *, app_id: str, installation: int, key: str, api_url: str, user_agent: str, ca_file: Path | None
    ) -> None:
        self.label = f"app-{app_id}-{installation}"
        self._app = Auth.AppAuth(app_id, key, jwt_expiry=_JWT_SECONDS)
        self._url = f"{api_url}/app/installations/{installation}/access_tokens"
        self._user_agent = user_agent
        self._ca_file = ca_file
        self._token = ""
        self._until = 0.0
        self._lock = threading.Lock()

    def token(self) -> str | None:
        with self._lock:
            if time.time() > self._until - _RENEW_BEFORE_SECONDS:
                self._renew()
            return self._token

    def _renew(self) -> None:
        headers = {
            "User-Agent": self._user_agent,
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self._app.create_jwt()}",
        }
        try:
            answer = httpx.post(self._url, headers=headers, timeout=_TIMEOUT_SECONDS, verify=context(self._ca_file))
        except httpx.HTTPError as error:
            raise GitHubUnavailable("no connection to GitHub to get the App's token") from error
        if answer.status_code != httpx.codes.CREATED:
            raise Unauthorized(f"GitHub gives the App no token (status {answer.status_code}): check its id and key")
        document = answer.json()
        self._token = str(document["token"])
        self._until = datetime.fromisoformat(document["expires_at"]).timestamp()


def identity_of(settings: Settings) -> Identity:
    """The one identity that the settings name.

    Raises BadSettings where they name two, or a file that cannot be read.
    """
    token = settings.github_token.get_secret_value() if settings.github_token else None
    named = [token, settings.github_token_file, settings.github_app_id]
    if sum(map(bool, named)) > 1:
        raise BadSettings("settings: one identity on GitHub, please: a token, a file with one, or an App")
    if settings.github_token_file:
        token = _secret(settings.github_token_file)
    if token:
        return TokenIdentity(token)
    if not settings.github_app_id:
        return Anonymous()
    if settings.github_app_installation is None or settings.github_app_key_file is None:
        raise BadSettings("settings: a GitHub App needs its id, its installation's id and its key file")
    key = _secret(settings.github_app_key_file)
    if "PRIVATE KEY-----" not in key:
        raise BadSettings(f"settings: {settings.github_app_key_file} holds no private key in PEM format")
    return AppIdentity(
        app_id=settings.github_app_id,
        installation=settings.github_app_installation,
        key=key,
        api_url=settings.github_url,
        user_agent=settings.user_agent,
        ca_file=settings.ca_file,
    )


def _secret(path: Path) -> str:
    try:
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"settings: {path} cannot be read, or is no text") from error
    if not text:
        raise BadSettings(f"settings: {path} is empty")
    return text

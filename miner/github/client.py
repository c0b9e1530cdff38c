"""GitHub's REST API through PyGithub, with the gaps that matter to a crawler closed and its errors translated.

PyGithub 2.10 does not wait on a 429 that has no `Retry-After`, waits as long as any `Retry-After` says, drops the query
of a redirected request, so that a renamed repository answers for the wrong branch or page, spaces requests for one
thread alone, and keeps every element of its lists: pages are asked for one by one here.
"""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import requests
from github import Auth, Github
from github.GithubException import (
    GithubException,
    RateLimitExceededExceedsMaxWait,
    RateLimitExceededException,
)
from github.GithubRetry import GithubRetry
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
    RequestsResponse,
)
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool

from miner.errors import BadQuery, GitHubError, GitHubUnavailable, MinerError, RateLimited, Unauthorized
from miner.github.budget import CODE_SEARCH, CORE, SEARCH, Budget
from miner.github.identity import Anonymous, Identity
from miner.github.waiting import seconds_to_wait

RETRIES = 5
MAX_REDIRECTS = 3
SECONDARY_WAIT_SECONDS = 60.0  # GitHub's documentation: at least one minute where no header says
MAX_WAIT_SECONDS = 120.0  # the search's quota renews every minute
BACKOFF_SECONDS = 1.0
TIMEOUT_SECONDS = 30
SPACING_SECONDS = 0.25

_REDIRECTS = frozenset({301, 307, 308})
_RESOURCES = {"/search/repositories": SEARCH, "/search/code": CODE_SEARCH}
_CONSTRUCTION = threading.Lock()


class GitHubClient:
    """GitHub's REST API, for one thread at a time. Close it, or use it as a context manager.

    Limits are waited for as GitHub asks, up to `max_wait` seconds at a time.
    """

    def __init__(
        self,
        *,
        api_url: str,
        identity: Identity,
        user_agent: str,
        budget: Budget | None = None,
        ca_file: Path | None = None,
        secondary_wait: float = SECONDARY_WAIT_SECONDS,
        max_wait: float = MAX_WAIT_SECONDS,
        backoff: float = BACKOFF_SECONDS,
    ) -> None:
        """`backoff` is what the waits after faults without a limit double from, the first retry being at once.

        With a budget, requests are taken from it, and longer waits are the whole installation's.
        """
        self._budget = budget
        # A requester keeps the connection classes that are there when it is made; they are nobody else's business.
        with _CONSTRUCTION:
            Requester.injectConnectionClasses(_Connection, _SecureConnection)
            try:
                self._github = Github(
                    base_url=api_url,
                    auth=None if isinstance(identity, Anonymous) else _CurrentToken(identity),
                    user_agent=user_agent,
                    timeout=TIMEOUT_SECONDS,
                    # Its own spacing holds for one thread at a time; the budget's limits hold for all processes.
                    seconds_between_requests=None if budget else SPACING_SECONDS,
                    verify=True if ca_file is None else str(ca_file),
                    retry=PatientRetry(
                        total=RETRIES,
                        backoff_factor=backoff,
                        secondary_rate_wait=secondary_wait,
                        max_rate_limit_wait=max_wait,
                    ),
                    lazy=True,
                )
            finally:
                Requester.resetConnectionClasses()

    def get(self, path: str, parameters: Mapping[str, str | int]) -> Any:
        """The JSON document at `path`.

        Raises BadQuery, Unauthorized, RateLimited, GitHubUnavailable.
        """
        resource = _RESOURCES.get(path, CORE)
        if self._budget is not None:
            self._budget.ask(resource)
        try:
            headers, document = self._github.requester.requestJsonAndCheck("GET", path, parameters=dict(parameters))
        except GithubException as error:
            raise self._refused(resource, _translated(error)) from error
        except requests.RequestException as error:
            raise self._refused(resource, _unreachable(error)) from error
        if self._budget is not None:
            self._budget.note(resource, headers)
        return document

    def _refused(self, resource: str, error: MinerError) -> MinerError:
        if self._budget is not None and isinstance(error, RateLimited):
            return self._budget.refused(resource, error.retry_after)
        return error

    def close(self) -> None:
        self._github.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class _CurrentToken(Auth.Token):
    """PyGithub asks for it with each request; an App's token changes every hour."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    @property
    def token(self) -> str:
        return self._identity.token() or ""


class PatientRetry(GithubRetry):
    """Retries what GitHub asks to be retried, 429 included, and gives up where the wait would be too long."""

    _wait = 0.0

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("status_forcelist", [429, *range(500, 600)])  # 403 is the parent's
        super().__init__(**settings)

    def increment(  # type: ignore[override] # as in the parent
        self,
        method: str | None = None,
        url: str | None = None,
        response: HTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Retry:
        if response is not None and "Retry-After" in response.headers:
            self._refuse_long_wait(response, seconds_to_wait(response.headers) or 0.0)
        if response is None or response.status != 429 or "Retry-After" in response.headers:
            return super().increment(method, url, response, error, _pool, _stacktrace)
        wait = seconds_to_wait(response.headers)
        wait = self.secondary_rate_wait if wait is None else wait
        self._refuse_long_wait(response, wait)
        retry = super(GithubRetry, self).increment(method, url, response, error, _pool, _stacktrace)
        retry._wait = wait
        return retry

    def get_backoff_time(self) -> float:
        return max(self._wait, super().get_backoff_time())

    def _refuse_long_wait(self, response: HTTPResponse, wait: float) -> None:
        if self.max_rate_limit_wait is not None and wait > self.max_rate_limit_wait:
            response.drain_conn()  # urllib3 does so only for errors that it knows
            raise RateLimitExceededExceedsMaxWait(response.status, None, dict(response.headers), wait=wait)


class _Connection(HTTPRequestsConnectionClass):
    def getresponse(self) -> RequestsResponse:
        return _following_redirects(self, super().getresponse)


class _SecureConnection(HTTPSRequestsConnectionClass):
    def getresponse(self) -> RequestsResponse:
        return _following_redirects(self, super().getresponse)


def _following_redirects(
    connection: HTTPRequestsConnectionClass | HTTPSRequestsConnectionClass, send: Callable[[], RequestsResponse]
) -> RequestsResponse:
    """Follows redirects within the same server with the query that was asked, which PyGithub would drop."""
    for _ in range(MAX_REDIRECTS + 1):
        response = send()
        if response.status not in _REDIRECTS or "location" not in response.headers:
            return response
        connection.url = _redirected(connection, response.headers["location"])
    raise requests.TooManyRedirects("it redirects without an end")


def _redirected(connection: HTTPRequestsConnectionClass | HTTPSRequestsConnectionClass, location: str) -> str:
    server = f"{connection.protocol}://{connection.host}:{connection.port}"
    new = urlsplit(urljoin(server + connection.url, location))
    port = new.port or {"http": 80, "https": 443}.get(new.scheme)
    if (new.scheme, new.hostname, port) != (connection.protocol, connection.host, connection.port):
        # The request carries the token.
        raise requests.exceptions.InvalidURL(f"it redirects to another server, {new.hostname}")
    query = new.query or urlsplit(connection.url).query
    return f"{new.path}?{query}" if query else new.path


def _translated(error: GithubException) -> MinerError:
    said = _said(error)
    if isinstance(error, RateLimitExceededExceedsMaxWait):
        return RateLimited(f"GitHub asks for a pause of {error.wait:.0f} seconds", error.wait)
    if isinstance(error, RateLimitExceededException) or error.status == 429:
        return RateLimited(f"GitHub asks for a pause{said}", seconds_to_wait(CaseInsensitiveDict(error.headers or {})))
    if error.status == 401:
        return Unauthorized("GitHub does not accept the token: set SEEDWATCH_GITHUB_TOKEN to one that is valid")
    if error.status == 403:
        return Unauthorized(f"GitHub refuses{said}")
    if error.status == 422:
        return BadQuery(f"GitHub does not accept the query{said}")
    return GitHubUnavailable(f"GitHub answers with status {error.status}{said}")


def _said(error: GithubException) -> str:
    """GitHub's own words, on one line."""
    message = error.data.get("message") if isinstance(error.data, dict) else None
    return f": {' '.join(str(message).split())[:300]}" if message else ""


def _unreachable(error: requests.RequestException) -> GitHubError:
    if isinstance(error, requests.exceptions.RetryError):
        if "too many 403" in str(error) or "too many 429" in str(error):
            return RateLimited("GitHub goes on asking for pauses")
        return GitHubUnavailable("GitHub goes on answering with faults of its own")
    if isinstance(error, requests.Timeout):
        return GitHubUnavailable("GitHub does not answer in time")
    if isinstance(error, requests.ConnectionError):
        return GitHubUnavailable("no connection to GitHub: check the network, and SEEDWATCH_GITHUB_URL if it is set")
    return GitHubUnavailable(f"no usable answer from GitHub: {error}")

"""What a repository's default branch is and which commit it is at, by one request and without a clone.

The request is `ls-refs` of git's protocol version 2 (gitprotocol-v2(5)), asked for HEAD alone: a few hundred bytes,
where `git ls-remote` would download every ref, pull requests included. It counts against no API quota.
"""

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from miner.errors import BadTarget, Blocked, Empty, FetchFailed, Gone, RateLimited, TimedOut, Unreachable
from miner.github.waiting import seconds_to_wait

TIMEOUT_SECONDS = 30.0
MAX_ANSWER_BYTES = 64 * 1024
MAX_REDIRECTS = 3

_SERVICE = "/git-upload-pack"
_FLUSH, _DELIMITER = b"0000", b"0001"
_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_BRANCH = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Head:
    """Where a repository stands.

    `branch` is the default branch's short name, None where HEAD names a commit by itself. `moved_to` is the address
    that the server has for the repository now, where that is another one.
    """

    oid: str
    branch: str | None
    moved_to: str | None = None


def open_client(*, user_agent: str, ca_file: Path | None = None) -> httpx.AsyncClient:
    """A client for `head`; close it, or use it as a context manager."""
    return httpx.AsyncClient(
        verify=ssl.create_default_context(cafile=ca_file),
        headers={"User-Agent": user_agent},
        timeout=TIMEOUT_SECONDS,
        follow_redirects=False,
    )


async def head(client: httpx.AsyncClient, url: str, authorization: str | None = None) -> Head:
    """The HEAD of the repository at `url`, an https address as git takes it.

    `authorization` is a header for its server.

    Raises Gone, Empty (its default branch has no commits), Blocked, TimedOut, Unreachable, FetchFailed, RateLimited,
    BadTarget.
    """
    if not url.startswith("https://"):
        raise BadTarget(f"only https addresses are asked, not {url!r}")
    current = url
    for _ in range(MAX_REDIRECTS + 1):
        try:
            location, answer = await _ask(client, current, authorization)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _no_connection(current, error) from error
        except httpx.TimeoutException as error:
            raise TimedOut("the server did not answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FetchFailed(f"no usable answer from the server: {error or type(error).__name__}") from error
        if location is None:
            oid, branch = _parse(answer)
            return Head(oid, branch, moved_to=None if current == url else current)
        current = _moved(current, location)
    raise FetchFailed("the server redirects without an end")


def _no_connection(url: str, error: httpx.TransportError) -> FetchFailed:
    """Why there is none, without the resolver's own numbers and words."""
    host = urlsplit(url).hostname
    causes = list(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unreachable(f"the address of {host} cannot be found: is there a network, and is the name right?")
    if isinstance(error, httpx.ConnectTimeout):
        return Unreachable(f"no connection to {host}: it does not answer")
    reason = f"no connection to {host}: {error or type(error).__name__}"
    # A certificate that is not accepted today is not accepted in a minute.
    return (FetchFailed if any(isinstance(cause, ssl.SSLError) for cause in causes) else Unreachable)(reason)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


async def _ask(client: httpx.AsyncClient, url: str, authorization: str | None) -> tuple[str | None, bytes]:
    """Where the server sends us instead, or its answer."""
    lines = [b"command=ls-refs\n", b"agent=seedwatch\n", _DELIMITER, b"symrefs\n", b"ref-prefix HEAD\n", _FLUSH]
    headers = {
        "Content-Type": "application/x-git-upload-pack-request",
        "Accept": "application/x-git-upload-pack-result",
        "Accept-Encoding": "identity",  # nothing to unpack, so nothing that grows when it is
        "Git-Protocol": "version=2",
    }
    if authorization is not None:
        headers["Authorization"] = authorization
    content = b"".join(_packet(line) for line in lines)
    async with client.stream("POST", url.rstrip("/") + _SERVICE, content=content, headers=headers) as response:
        if response.is_redirect:
            return response.headers.get("Location", ""), b""
        _check(response)
        answer = b""
        async for chunk in response.aiter_raw():
            answer += chunk
            if len(answer) > MAX_ANSWER_BYTES:
                raise FetchFailed("the server answers with far more than was asked for")
        return None, answer


def _check(response: httpx.Response) -> None:
    match response.status_code:
        case 200:
            return
        case 401 | 404 | 410:  # GitHub asks strangers for a password where there is nothing
            raise Gone("not found: deleted, private, or never there")
        case 403 | 451:
            raise Blocked(f"the server refuses access ({response.status_code})")
        case 429:
            raise RateLimited("the server asks for a pause (429)", seconds_to_wait(response.headers))
        case status:
            raise FetchFailed(f"the server answers with status {status}")


def _moved(url: str, location: str) -> str:
    """The repository's address after a redirect, which may not lead to another server."""
    old = urlsplit(url)
    try:
        new = urlsplit(urljoin(url.rstrip("/") + _SERVICE, location))
    except ValueError as error:
        raise FetchFailed("the server redirects to no address at all") from error
    if (new.scheme, new.netloc) != (old.scheme, old.netloc) or not new.path.endswith(_SERVICE):
        raise FetchFailed("the server redirects to another place")
    return f"{new.scheme}://{new.netloc}{new.path.removesuffix(_SERVICE)}"


def _packet(content: bytes) -> bytes:
    return content if content in {_FLUSH, _DELIMITER} else b"%04x%s" % (len(content) + 4, content)


def _lines(answer: bytes) -> Iterator[str]:
    """The packets of an answer up to the flush that ends it."""
    position = 0
    while (length := int(answer[position : position + 4], 16)) != 0:
        if length < 4 or position + length > len(answer):
            raise ValueError(f"a packet of {length} bytes")
        yield answer[position + 4 : position + length].decode().rstrip("\n")
        position += length


def _parse(answer: bytes) -> tuple[str, str | None]:
    try:
        for line in _lines(answer):
            oid, name, *attributes = line.split(" ")
            if name == "HEAD" and _OID.fullmatch(oid):
                return oid, _branch(attributes)
    except ValueError as error:
        raise FetchFailed("the server does not speak git's protocol version 2") from error
    raise Empty("the repository has no commits on its default branch")


def _branch(attributes: list[str]) -> str | None:
    for attribute in attributes:
        key, _, target = attribute.partition(":")
        if key == "symref-target" and target.startswith(_BRANCH):
            return target.removeprefix(_BRANCH)
    return None

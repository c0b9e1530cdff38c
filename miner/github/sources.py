"""Files that others publish, read from here or fetched: plain or packed with gzip, by the end of their names."""

import gzip
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast
from urllib.parse import urlsplit

import httpx

from miner.errors import BadInput, GitHubUnavailable
from miner.github.tls import context

LARGEST_FILE = 2 * 2**30
TIMEOUT_SECONDS = 60.0
MAX_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class Sources:
    """Opens files by path or address; servers are told `user_agent`."""

    user_agent: str
    ca_file: Path | None

    @contextmanager
    def opened(self, source: str) -> Iterator[IO[bytes]]:
        """The bytes of a file, unpacked.

        Raises BadInput for what cannot be read or is too large, GitHubUnavailable for what cannot be fetched.
        """
        try:
            if not is_address(source):
                with gzip.open(source) if source.endswith(".gz") else Path(source).open("rb") as file:
                    yield cast("IO[bytes]", file)
                return
            with tempfile.TemporaryFile(prefix="seedwatch-source-") as fetched:
                self._fetch(source, fetched)
                packed = urlsplit(source).path.endswith(".gz")
                with gzip.open(fetched) if packed else fetched as file:
                    yield cast("IO[bytes]", file)
        except OSError as error:
            raise BadInput(f"{source} cannot be read: {error.strerror or error}") from error

    def _fetch(self, url: str, into: IO[bytes]) -> None:
        try:
            with (
                httpx.Client(
                    headers={"User-Agent": self.user_agent},
                    timeout=TIMEOUT_SECONDS,
                    verify=context(self.ca_file),
                    follow_redirects=True,
                    max_redirects=MAX_REDIRECTS,
                ) as client,
                client.stream("GET", url) as answer,
            ):
                if answer.status_code != httpx.codes.OK:
                    raise GitHubUnavailable(f"{url} cannot be had: status {answer.status_code}")
                # Packed for the way only: what is packed in the file itself stays so.
                for chunk in answer.iter_bytes():
                    into.write(chunk)
                    if into.tell() > LARGEST_FILE:
                        raise BadInput(f"{url} is larger than {LARGEST_FILE // 2**30} GB")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise GitHubUnavailable(f"{url} cannot be had: {error or type(error).__name__}") from error
        into.seek(0)


def is_address(source: str) -> bool:
    """Whether a source is fetched, and not a file of this machine."""
    return source.startswith(("https://", "http://"))

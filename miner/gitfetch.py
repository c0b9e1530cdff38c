"""Fetching strangers' repositories with the `git` program: over https alone, under limits, and never checked out.

`fetch` brings one commit here, shallow, and of its files those that the analysis may ask for; `fetch_history` all
commits. What is kept of an earlier fetch is brought up to date, which costs what changed.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from analysis.reading import may_be_read
from miner import gitprocess
from miner.errors import BadTarget, FetchFailed, MinerError, RateLimited, TooLarge, UnknownCommit, Unreachable
from miner.git import GitTree
from miner.gitfaults import fault, refused_by_fsck
from miner.gitprocess import Finished, ProcessLimits

# Blobs that one request names: a server reads the whole list before it answers.
_BLOBS_AT_ONCE = 20_000

# Copies those of the blobs that are here elsewhere into a bare repository, and gives the rest.
Lend = Callable[[Path, Sequence[str]], Sequence[str]]

# What the fetched commit is called in the repository that `fetch` makes.
_FETCHED_REF = "refs/x"
# A note in a kept repository that git's check refused its objects.
_FSCK_FAILED = "seedwatch-fsck-failed"
_LATER = (RateLimited, Unreachable)
"""Errors that say nothing of the repository: what is kept of it stays as good as it was."""

# Above this size, of the history packed, a transfer of trees and then of the files that are read is smaller than one of
# all files below 1 MB, for two more requests.
TWO_STEPS_ABOVE_KB = 5_000
# Each update adds two; reading slows down with their number.
MOST_PACKS = 24


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What the fetch of one repository may use."""

    seconds: float = 180
    cpu_seconds: int = 120
    memory_bytes: int = 4 * 2**30
    pack_bytes: int = 256 * 2**20
    notebooks: int = 32
    notebook_pack_bytes: int = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Fetched:
    """One commit of a repository, in a bare repository at `path` whose HEAD it is.

    `fsck_failed`: git's own check refused its objects, so they were taken without it.
    """

    path: Path
    oid: str
    fsck_failed: bool


def fetch(
    url: str,
    destination: Path,
    *,
    oid: str | None,
    limits: FetchLimits,
    ca_file: Path | None,
    user_agent: str,
    authorization: str | None = None,
    size_kb: int | None = None,
    lend: Lend | None = None,
) -> Fetched:
    """Fetches the commit `oid`, or the default branch's, of the repository at `url` into the folder `destination`.

    Of a repository that is small by what its host says (`size_kb`, with its history), files of 1 MB and more stay
    away, but for `limits.notebooks` notebooks. Of all others, files that the analysis does not ask for stay away, and
    of those that it asks for, only what `lend` has not is transferred.
    `destination` may hold what an earlier fetch left there, or be empty; it is removed when the fetch fails, but for a
    pause that the server asks for, or where there is no connection. `authorization` is a header for the server of
    `url`, and for no other.

    Raises the RepositoryErrors, RateLimited, BadTarget (not https), GitMissing.
    """
    if not url.startswith("https://"):
        raise BadTarget(f"only https addresses are fetched, not {url!r}")
    kept = (destination / "HEAD").is_file()
    if not kept and destination.exists() and any(destination.iterdir()):
        raise FileExistsError(destination)
    # git runs elsewhere, so relative paths would mean something else to it.
    destination = destination.absolute()
    ca_file = ca_file.absolute() if ca_file else None
    remote = _Remote(url, destination, limits, ca_file, user_agent, authorization, lend)
    two_steps = size_kb is None or size_kb > TWO_STEPS_ABOVE_KB
    try:
        if not (kept and (updated := remote.update(oid, two_steps=two_steps))):
            updated = remote.start(oid, two_steps=two_steps)
    except BaseException as error:
        if not (kept and isinstance(error, _LATER)):
            shutil.rmtree(destination, ignore_errors=True)
        raise
    return updated


def fetch_history(
    url: str,
    destination: Path,
    *,
    wanted: Callable[[GitTree], Sequence[str]],
    limits: FetchLimits,
    ca_file: Path | None,
    user_agent: str,
    authorization: str | None = None,
) -> Path:
    """Fetches all commits and folders of the default branch into `destination`, and of its files those `wanted`.

    `wanted` is asked once the commits are here, and names blobs; what the server has not, or has no room for within
    `limits.pack_bytes`, stays missing. Otherwise as `fetch`, in what it takes and what it raises.
    """
    if not url.startswith("https://"):
        raise BadTarget(f"only https addresses are fetched, not {url!r}")
    ca_file = ca_file.absolute() if ca_file else None
    remote = _Remote(url, destination.absolute(), limits, ca_file, user_agent, authorization)
    try:
        remote.fetch_commits()
        blobs = wanted(remote.fetched_tree())
        for part in _parts(blobs):
            remote.fetch_history_blobs(part)
    except BaseException:
        shutil.rmtree(remote.destination, ignore_errors=True)
        raise
    return remote.destination


@dataclass(frozen=True, slots=True)
class _Remote:
    """A repository elsewhere and the folder that its objects go to."""

    url: str
    destination: Path
    limits: FetchLimits
    ca_file: Path | None
    user_agent: str
    authorization: str | None = field(default=None, repr=False)
    lend: Lend | None = None

    def start(self, oid: str | None, *, two_steps: bool) -> Fetched:
        """A first fetch."""
        try:
            return self._start(oid, two_steps=two_steps)
        except TooLarge:
            if not two_steps:
                raise
            # Much of what looked like code and configuration is data: now those below 1 MB alone.
            return self._start(oid, two_steps=False)

    def update(self, oid: str | None, *, two_steps: bool) -> Fetched | None:
        """Brings what is kept up to date, None where it is better to start over."""
        _tidy(self.destination)
        if len(list((self.destination / "objects" / "pack").glob("*.pack"))) > MOST_PACKS:
            return None
        finished = self._fetch(*self._commit(oid, two_steps), update=True)
        if finished.returncode:
            error = fault(finished, self.url)
            if isinstance(error, _LATER):
                raise error
            return None
        try:
            return self._finished(two_steps=two_steps, refused=(self.destination / _FSCK_FAILED).exists())
        except MinerError:
            return None

    def _start(self, oid: str | None, *, two_steps: bool) -> Fetched:
        options = self._commit(oid, two_steps)
        self._start_over()
        finished = self._fetch(*options)
        refused = refused_by_fsck(finished)
        if refused:
            # Zero-padded modes and odd dates are common in old repositories; nothing here uses a path as a path.
            self._start_over()
            finished = self._fetch(*options, fsck=False)
        if finished.returncode:
            raise fault(finished, self.url)
        if refused:
            (self.destination / _FSCK_FAILED).touch()
        return self._finished(two_steps=two_steps, refused=refused)

    def _finished(self, *, two_steps: bool, refused: bool) -> Fetched:
        """The second step: files that the first kept away."""
        tree = self.fetched_tree()
        missing = {entry.path: entry.blob for entry in tree.missing() if entry.blob}
        if two_steps:
            wanted: Sequence[str] = list(dict.fromkeys(missing[path] for path in may_be_read(missing)))
            if wanted and self.lend is not None:
                wanted = self.lend(self.destination, wanted)
            self._fetch_files(wanted, fsck=not refused)
        else:
            notebooks = [blob for path, blob in missing.items() if path.endswith(".ipynb")]
            self._fetch_blobs(notebooks[: self.limits.notebooks], self.limits.notebook_pack_bytes, fsck=not refused)
        return Fetched(self.destination, tree.commit, refused)

    def _commit(self, oid: str | None, two_steps: bool) -> tuple[str, ...]:
        size = "none" if two_steps else "limit=1m"
        return f"--filter=blob:{size}", "--refmap=", self.url, f"+{oid or 'HEAD'}:{_FETCHED_REF}"

    def _fetch_files(self, blobs: Sequence[str], *, fsck: bool) -> None:
        for part in _parts(blobs):
            finished = self._fetch_blobs(part, self.limits.pack_bytes, fsck=fsck)
            if finished.returncode:
                raise fault(finished, self.url)

    def _fetch_blobs(self, blobs: Sequence[str], pack_bytes: int, *, fsck: bool) -> Finished:
        if not blobs:
            return Finished(0, b"", "")
        wanted = "".join(f"{blob}\n" for blob in blobs).encode()
        return self._fetch("--filter=blob:none", "--stdin", self.url, stdin=wanted, pack_bytes=pack_bytes, fsck=fsck)

    def fetched_tree(self) -> GitTree:
        try:
            return GitTree.open(self.destination)
        except UnknownCommit as error:
            raise FetchFailed("the server sent something else than a commit") from error

    def fetch_commits(self) -> None:
        """Every commit and folder of the default branch, and no file."""
        for fsck in (True, False):
            self._start_over()
            finished = self._fetch(
                "--filter=blob:none", "--refmap=", self.url, f"+HEAD:{_FETCHED_REF}", fsck=fsck, whole=True
            )
            if not refused_by_fsck(finished):
                break
        if finished.returncode:
            raise fault(finished, self.url)

    def fetch_history_blobs(self, blobs: Sequence[str]) -> None:
        """Fetches these files into a copy that has the commits."""
        wanted = "".join(f"{blob}\n" for blob in blobs).encode()
        self._fetch("--filter=blob:none", "--stdin", self.url, stdin=wanted, whole=True)

    def _start_over(self) -> None:
        shutil.rmtree(self.destination, ignore_errors=True)
        made = self._git(("init", "-q", "--bare", "--template=", str(self.destination)))
        if made.returncode:
            raise fault(made, self.url)
        (self.destination / "HEAD").write_text(f"ref: {_FETCHED_REF}\n")

    def _fetch(
        self,
        *options: str,
        fsck: bool = True,
        stdin: bytes = b"",
        pack_bytes: int | None = None,
        whole: bool = False,
        update: bool = False,
    ) -> Finished:
        finished = self._git(
            (
                *self._configuration(fsck, negotiate=update),
                f"--git-dir={self.destination}",
                "fetch",
                "-q",
                *(() if whole else ("--depth=1",)),
                "--no-tags",
                "--no-recurse-submodules",
                "--no-write-fetch-head",
                "--no-auto-maintenance",
                *options,
            ),
            stdin,
            pack_bytes,
        )
        # A filter makes git note the remote as one that holds what is missing; without the note nothing is ever
        # downloaded behind a reader's back.
        self._git((f"--git-dir={self.destination}", "config", "--remove-section", f"remote.{self.url}"))
        return finished

    def _configuration(self, fsck: bool, *, negotiate: bool) -> tuple[str, ...]:
        settings = {
            "protocol.allow": "never",
            "protocol.https.allow": "always",
            "core.hooksPath": "/dev/null",
            "core.fsmonitor": "false",
            "core.symlinks": "false",
            "core.protectHFS": "true",
            "core.protectNTFS": "true",
            "core.attributesFile": "/dev/null",
            "transfer.fsckObjects": str(fsck).lower(),
            "transfer.bundleURI": "false",
            "fetch.recurseSubmodules": "false",
            "http.followRedirects": "initial",
            "http.lowSpeedLimit": "1000",
            "http.lowSpeedTime": "30",
            "credential.helper": "",
            "gc.auto": "0",
            "maintenance.auto": "false",
            "pack.threads": "1",
            "protocol.version": "2",
            # The server is told what is here where it may send less for it.
            "fetch.negotiationAlgorithm": "consecutive" if negotiate else "noop",
            "http.userAgent": self.user_agent,
        }
        if self.ca_file is not None:
            settings["http.sslCAInfo"] = str(self.ca_file)
        return tuple(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))

    def _login(self) -> dict[str, str]:
        """The header for this server, in the environment: the arguments of a process are everybody's to read."""
        if self.authorization is None:
            return {}
        server = urlsplit(self.url)
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.https://{server.netloc}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: {self.authorization}",
        }

    def _git(self, arguments: Sequence[str], stdin: bytes = b"", pack_bytes: int | None = None) -> Finished:
        limits = ProcessLimits(self.limits.cpu_seconds, self.limits.memory_bytes, pack_bytes or self.limits.pack_bytes)
        env = gitprocess.environment(protocols="https", extra=self._login())
        return gitprocess.run(arguments, env, limits=limits, timeout=self.limits.seconds, stdin=stdin)


def _parts(blobs: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(blobs), _BLOBS_AT_ONCE):
        yield blobs[first : first + _BLOBS_AT_ONCE]


def _tidy(repository: Path) -> None:
    """Removes what a git that was killed leaves behind; nobody else is at it now."""
    for pattern in ("*.lock", "refs/*.lock", "objects/pack/tmp_*", "objects/pack/*.lock", "objects/??/tmp_*"):
        for left in repository.glob(pattern):
            left.unlink(missing_ok=True)

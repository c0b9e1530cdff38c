"""Git repositories read with the `git` program, and never checked out.

`GitTree` reads the files of one commit of a repository that is on this machine, whoever made it: its configuration,
hooks, attributes, replacements and remotes are not looked at, and its paths are never joined to anything.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from analysis.report import Unread
from analysis.tree import Entry, is_not_the_program
from miner import gitprocess
from miner.errors import Empty, NotARepository, UnknownCommit
from miner.gitprocess import ProcessLimits, Stream

# A tree of 50 kB can name 10^10 files.
MAX_ENTRIES = 500_000
MAX_LISTING_BYTES = 128 * 2**20
MAX_PATH_BYTES = 4096
MAX_FILE_BYTES = 2**20
MAX_NOTEBOOK_BYTES = 5 * 2**20  # pictures in the cells
MAX_NAMED_UNREAD = 100
MAX_RESTARTS = 20

# Files worth a word when they are left out: a reader of the report would expect them to have been read.
_SOURCES = (".py", ".pyi", ".pyw", ".ipynb", ".yaml", ".yml", ".toml", ".cfg")

# git shows every odd mode as one of the four that it knows; links (120000) are left out without a word.
REGULAR_MODES = frozenset({b"100644", b"100755"})
_SUBMODULE_MODE = b"160000"
_READ_LIMITS = ProcessLimits(file_bytes=None)
# What git needs to see before it takes a folder for a repository; the objects are elsewhere.
_EMPTY_REPOSITORIES = Path(__file__).with_name("gitdirs")
_CHUNK = 1 << 20
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LEADS_OUT = re.compile(r"(?:^|/)(?:|\.|\.\.|\.git)(?:/|$)", re.IGNORECASE)


@dataclass(slots=True)
class GitTree:
    """The files of one commit, as `analysis.tree.Tree` wants them. Make one with `GitTree.open`.

    `known` has types and sizes of objects; trees of one repository that share it ask for each object once.
    """

    objects: Path
    commit: str
    commit_date: str | None
    known: dict[str, tuple[str, int]] = field(default_factory=dict)
    _entries: list[Entry] | None = None
    _missing: list[Entry] = field(default_factory=list)
    _unread: list[Unread] = field(default_factory=list)
    _unnamed: int = 0

    @classmethod
    def open(cls, path: Path, rev: str = "HEAD") -> "GitTree":
        """The tree of `rev` in the repository at `path`: a work tree's root, a `.git` folder or a bare repository.

        Raises NotARepository, UnknownCommit, Empty (no commits), GitMissing.
        """
        git_dir = find_git_dir(path)
        objects = _ask(git_dir, "rev-parse", "--git-path", "objects")
        if objects is None:
            raise NotARepository(f"{path} is not a repository that git can read")
        commit = _resolve(git_dir, rev)
        if commit is None:
            if rev == "HEAD" and _ask(git_dir, "for-each-ref", "--count=1") == "":
                raise Empty(f"{path} has no commits")
            raise UnknownCommit(f"{path} has no commit {rev!r}")
        # Not `git log`, which would check signatures with the program that a configuration names.
        stamp = _ask(git_dir, "rev-list", "--no-walk", "--format=%ct", commit) or ""
        return cls(Path(objects), commit, _date(stamp.rpartition("\n")[2]))

    def entries(self) -> Sequence[Entry]:
        """All regular files that may be read, sorted by path.

        A file whose bytes are not in this copy (a filtered clone) is listed with size 0, and read as None.
        """
        if self._entries is None:
            listed = self._list()
            self._entries = sorted(self._readable(listed), key=lambda entry: entry.path)
        return self._entries

    def missing(self) -> Sequence[Entry]:
        """The entries whose bytes are not in this copy."""
        self.entries()
        return list(self._missing)

    def unread(self) -> Sequence[Unread]:
        """What `entries` leaves out: names that are not taken, sources that are too large, what caps cut off."""
        self.entries()
        if not self._unnamed:
            return list(self._unread)
        return [*self._unread, Unread(path="", reason=f"{self._unnamed} more were left out and are not named here")]

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes | None]]:
        """The bytes of each entry, in the order asked, one at a time in memory.

        A damaged object can end git in the middle of its work: that one is None, and the rest is read all the same.
        """
        waiting = list(entries)
        for _ in range(MAX_RESTARTS):
            done = 0
            for blob in self._contents([entry.blob or "" for entry in waiting]):
                yield waiting[done], blob
                done += 1
            if done == len(waiting):
                return
            yield waiting[done], None
            waiting = waiting[done + 1 :]
        for entry in waiting:
            yield entry, None

    def _list(self) -> dict[str, str]:
        """The blob id of each regular file with a name that can be shown, by path; notes the others."""
        listed: dict[str, str] = {}
        taken = 0
        with self.plumbing("ls-tree", "-r", "-z", "--full-tree", self.commit) as git:
            for count, record in enumerate(_records(git.output)):
                taken += len(record)
                if count >= MAX_ENTRIES or taken > MAX_LISTING_BYTES:
                    self._leave_out("", f"the listing of files was stopped after {count:,} names")
                    return listed
                head, _, name = record.partition(b"\t")
                mode, _, blob = head.split(b" ", 2)
                if mode in REGULAR_MODES:
                    reason = name_fault(name)
                    if reason:
                        self._leave_out(printable(name), reason)
                    elif not is_not_the_program(path := name.decode()):
                        listed.setdefault(path, blob.decode())
                elif mode == _SUBMODULE_MODE:
                    self._leave_out(printable(name), "submodule: another repository, not followed")
            complete = git.ended_well()
        if not complete:
            self._leave_out("", "the listing of files ended early: folders are missing or damaged in this copy")
        return listed

    def _readable(self, listed: dict[str, str]) -> Iterator[Entry]:
        for (path, blob), (kind, size) in zip(listed.items(), self.kinds(listed.values()), strict=True):
            if kind == "missing":
                self._missing.append(Entry(path, blob, 0))
                yield self._missing[-1]
            elif kind != "blob":
                self._leave_out(path, f"not a file but a {kind} object")
            elif size > (MAX_NOTEBOOK_BYTES if path.endswith(".ipynb") else MAX_FILE_BYTES):
                if path.endswith(_SOURCES):
                    self._leave_out(path, f"too large: {size:,} bytes")
            else:
                yield Entry(path, blob, size)

    def kinds(self, blobs: Iterable[str]) -> Iterator[tuple[str, int]]:
        """Type and size of each object, in order; ("missing", 0) for those that are not here."""
        wanted = list(blobs)
        asked = list(dict.fromkeys(blob for blob in wanted if blob not in self.known))
        if asked:
            self.known.update(zip(asked, self._asked(asked), strict=True))
        for blob in wanted:
            yield self.known[blob]

    def _asked(self, blobs: Sequence[str]) -> Iterator[tuple[str, int]]:
        answered = 0
        with self.plumbing("cat-file", "--batch-check=%(objecttype) %(objectsize)", "--buffer", lines=blobs) as git:
            for line in git.output:
                kind, _, size = line.decode().rstrip("\n").partition(" ")
                answered += 1
                yield (kind, int(size)) if size.isdigit() else ("missing", 0)
        yield from (("missing", 0) for _ in range(len(blobs) - answered))

    def _contents(self, blobs: Sequence[str]) -> Iterator[bytes | None]:
        """The bytes of each blob, None for those that are not here; ends early where git does."""
        if not blobs:
            return
        with self.plumbing("cat-file", "--batch", "--buffer", lines=blobs) as git:
            while header := git.output.readline():
                parts = header.split()
                if len(parts) != 3:
                    yield None
                    continue
                size = int(parts[2])
                data = git.output.read(size)
                if len(data) < size or not git.output.read(1):
                    return
                yield data

    @contextmanager
    def plumbing(self, *arguments: str, lines: Sequence[str] = ()) -> Iterator[Stream]:
        """A git process over the objects alone: the repository's own configuration is out of sight.

        That matters: a remote in it that promises missing objects would make a look at one of them a download. What a
        shallow copy lacks is known all the same, so that its history ends where the copy does.
        """
        shallow = self.objects.parent / "shallow"
        env = gitprocess.environment(
            extra={
                "GIT_DIR": str(_EMPTY_REPOSITORIES / ("sha256" if len(self.commit) == 64 else "sha1")),
                "GIT_OBJECT_DIRECTORY": str(self.objects),
                **({"GIT_SHALLOW_FILE": str(shallow)} if shallow.is_file() else {}),
            }
        )
        with gitprocess.stream(arguments, env, limits=_READ_LIMITS, lines=lines) as running:
            yield running

    def _leave_out(self, path: str, reason: str) -> None:
        if len(self._unread) < MAX_NAMED_UNREAD:
            self._unread.append(Unread(path=path, reason=reason))
        else:
            self._unnamed += 1


def find_git_dir(path: Path) -> Path:
    """The git directory of a work tree's root, of a linked work tree, or of a bare repository at `path`.

    Folders above `path` are not looked at. Raises NotARepository.
    """
    dot_git = path / ".git"
    try:
        if dot_git.is_file():
            candidate = path / dot_git.read_text().removeprefix("gitdir:").strip()
        else:
            candidate = dot_git if dot_git.is_dir() else path
        if not (candidate / "HEAD").is_file():
            raise NotARepository(f"{path} is not a git repository")
        return candidate.resolve()
    except (OSError, ValueError) as error:
        raise NotARepository(f"{path} is not a repository that can be read") from error


def _ask(git_dir: Path, *question: str) -> str | None:
    """One line of git's knowledge about a repository, None where it has none."""
    # Naming the directory leaves out git's check of who owns it: these commands run nothing that a configuration names.
    env = gitprocess.environment(extra={"GIT_DIR": str(git_dir)})
    finished = gitprocess.run(question, env, limits=_READ_LIMITS, timeout=60)
    return None if finished.returncode else finished.stdout.decode("utf-8", "surrogateescape").strip()


def _resolve(git_dir: Path, rev: str) -> str | None:
    if rev.startswith("-") or "\0" in rev:
        return None
    return _ask(git_dir, "rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}")


def _date(stamp: str) -> str | None:
    try:
        return datetime.fromtimestamp(int(stamp), UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return None  # a commit may claim any time


def _records(stream: IO[bytes]) -> Iterator[bytes]:
    """The NUL-ended records of a stream, none of them longer than a whole listing may be."""
    pending = b""
    while chunk := stream.read(_CHUNK):
        *whole, pending = (pending + chunk).split(b"\0")
        yield from whole
        if len(pending) > MAX_LISTING_BYTES:
            break
    if pending:
        yield pending


def name_fault(name: bytes) -> str | None:
    """Why a path from a tree is not taken, None where it is."""
    if len(name) > MAX_PATH_BYTES:
        return f"hostile name: longer than {MAX_PATH_BYTES} bytes"
    try:
        text = name.decode()
    except UnicodeDecodeError:
        return "name is not UTF-8"
    if _CONTROL.search(text):
        return "hostile name: control characters"
    if _LEADS_OUT.search(text):
        return "hostile name: leads out of the repository or into its .git folder"
    return None


def printable(name: bytes) -> str:
    text = name[:300].decode("utf-8", "backslashreplace")
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)

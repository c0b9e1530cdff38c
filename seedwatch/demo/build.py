"""Makes the demonstration repositories: bare ones, with fixed dates and identities, so that their commits' ids are
the same on every machine.

Each is a folder of `repositories` with a `history.toml` that names its commits; a commit's folder holds the files that
it adds or changes.
"""

import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from miner import gitprocess
from miner.errors import MinerError
from miner.gitprocess import ProcessLimits

SOURCES = Path(__file__).parent / "repositories"

_IDENTITY = "seedwatch demo <demo@seedwatch.invalid>"
_BRANCH = "refs/heads/main"


class DemoError(MinerError):
    """git did not make a demonstration repository."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a demonstration repository; `files` is the folder of what it adds or changes."""

    date: datetime
    message: str
    files: Path


@dataclass(frozen=True, slots=True)
class Demo:
    """One demonstration repository: what it shows, and its commits from the oldest on."""

    name: str
    shows: str
    commits: tuple[Commit, ...]


def demos() -> list[Demo]:
    """All demonstration repositories, by name."""
    return [_read(path.parent) for path in sorted(SOURCES.glob("*/history.toml"))]


def build(demo: Demo, folder: Path) -> Path:
    """Makes the repository anew in `folder` and gives its path.

    Raises DemoError, GitMissing.
    """
    path = folder / demo.name
    shutil.rmtree(path, ignore_errors=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    _git("init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(path))
    _git(f"--git-dir={path}", "fast-import", "--quiet", stdin=b"".join(_stream(demo)))
    return path


def _read(folder: Path) -> Demo:
    history = tomllib.loads((folder / "history.toml").read_text("utf-8"))
    commits = [Commit(each["date"], each["message"], folder / each["files"]) for each in history["commits"]]
    return Demo(folder.name, history["shows"], tuple(commits))


def _stream(demo: Demo) -> Iterator[bytes]:
    """The history as `git fast-import` reads it."""
    for commit in demo.commits:
        stamp = f"{_IDENTITY} {int(commit.date.timestamp())} +0000"
        yield f"commit {_BRANCH}\nauthor {stamp}\ncommitter {stamp}\n".encode()
        yield _data(f"{commit.message}\n".encode())
        for path in sorted(commit.files.rglob("*")):
            # What an installer compiled beside the sources is no part of them.
            if not path.is_file() or "__pycache__" in path.parts:
                continue
            yield f"M 100644 inline {path.relative_to(commit.files).as_posix()}\n".encode()
            yield _data(path.read_bytes())


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _git(*arguments: str, stdin: bytes = b"") -> None:
    finished = gitprocess.run(arguments, gitprocess.environment(), limits=ProcessLimits(), timeout=60, stdin=stdin)
    if finished.returncode:
        raise DemoError(f"git could not make a demonstration repository: {finished.stderr.strip()}")

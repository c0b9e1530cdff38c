"""What a process of the pool does with a task: fetch, if it is remote; analyse; pick what to show.

Nothing here knows of the database or of the other jobs, so that a process that dies takes only its own task with it.
Answers go back as JSON: what comes out of a process that has read strangers' files is not unpickled.
"""

import json
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any

from analysis.engine import analyse
from analysis.fix.patch import Patch
from analysis.report import Report
from miner.errors import MinerError, NotKept, RateLimited, TooLarge, Unreachable
from miner.factscache import NO_FACTS, FactsFile, FactsPlace, opened
from miner.git import GitTree
from miner.gitfetch import FetchLimits, fetch
from miner.jobs.excerpts import blobs_of, excerpts_of
from miner.jobs.patches import patches_of
from miner.licences import has_licence
from miner.mirrors import Mirrors

_PARENT_SECONDS = 0.5
_PATCH_SECONDS = 30.0
_READY = b"ready"


@dataclass(frozen=True, slots=True)
class RemoteSource:
    """A repository to be fetched, or brought up to date where it is kept.

    `size_kb` is what its host says of it, None also where it is better fetched in two steps: a fork.
    """

    url: str
    oid: str
    mirrors: Mirrors
    size_kb: int | None
    limits: FetchLimits
    ca_file: Path | None
    user_agent: str
    authorization: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class LocalSource:
    """A repository that is here, read in place. `oid` is a commit, or `HEAD`."""

    path: Path
    oid: str


@dataclass(frozen=True, slots=True)
class KeptSource:
    """A commit of a repository that was fetched before, read from what is kept of it."""

    url: str
    oid: str
    mirrors: Mirrors


@dataclass(frozen=True, slots=True)
class Task:
    """One commit to be analysed, within `seconds` in all. `repo` is the name that the report carries.

    `facts` is where the facts of contents that were read before lie.

    `may_be_quoted`: lines may be shown without a licence among the files; else none are part of the answer.

    The commit `known` is not analysed again: the answer has its id as `unchanged`, and nothing else.
    """

    source: RemoteSource | LocalSource | KeptSource
    repo: str | None
    memory_bytes: int
    seconds: float
    known: str | None = None
    facts: FactsPlace = NO_FACTS
    may_be_quoted: bool = True


def carry_out(task: Task) -> dict[str, Any]:
    """The answer to a task, fit for JSON. Raises MinerError."""
    begun = time.perf_counter()
    with _tree(task.source) as (tree, fsck_failed), _memory(task.memory_bytes):
        if tree.commit == task.known:
            return {"unchanged": tree.commit}
        start = time.perf_counter()
        with opened(task.facts) as facts:
            report = analyse(tree, repo=task.repo, facts=facts)
            seconds = round(time.perf_counter() - start, 3)
            licensed = has_licence(tree)
            quoted = licensed or task.may_be_quoted
            # The scan is what was asked for: half of the time that the fetch and it have left, less that of another
            # analysis, since one of a patched tree is not broken off.
            left = task.seconds - (time.perf_counter() - begun)
            patience = min(_PATCH_SECONDS, left / 2 - seconds)
            patches, fault = _patches(report, tree, patience, facts) if quoted else ([], None)
        report = report.model_copy(update={"cost": report.cost.model_copy(update={"seconds": seconds})})
        blobs = blobs_of(report, tree)
        return {
            "report": report.to_json(),
            "excerpts": excerpts_of(report, tree, blobs) if quoted else [],
            "blobs": blobs,
            "fsck_failed": fsck_failed,
            "licensed": licensed,
            "patches": [patch.model_dump() for patch in patches],
            "patches_fault": fault,
        }


def _patches(
    report: Report, tree: GitTree, seconds: float, facts: FactsFile | None
) -> tuple[Sequence[Patch], str | None]:
    """The patches, and what went wrong where there are none for that reason."""
    try:
        return patches_of(report, tree, seconds, facts), None
    except Exception as error:  # noqa: BLE001 - a boundary too: the scan is worth more than its patches
        return [], in_one_line(error)


def serve(connection: Connection) -> None:
    """The life of a process of the pool: a sign that it is ready; a task, an answer, until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    told = threading.Event()

    def leave(_signal: int, _frame: FrameType | None) -> None:
        # As an exception, so that a running git is ended and a half-fetched repository removed.
        told.set()
        raise SystemExit(0)

    with suppress(OSError):
        connection.send_bytes(_READY)
    while True:
        try:
            task: Task = connection.recv()
        except (EOFError, ConnectionError):  # the other end is gone; reset where it died with something unread
            return
        # Only a task has something to put away. Before it, modules are loaded, and an exception in the middle of that
        # would be shown.
        signal.signal(signal.SIGTERM, leave)
        answer = json.dumps(_answer(task)).encode()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # An exception that ends a process can become another one on its way through a library that puts something away,
        # and what is left then is no result.
        if told.is_set():
            return
        try:
            connection.send_bytes(answer)
        except OSError:  # nobody is there any more to take it
            return


def _end_with(parent: int) -> None:
    """Ends this process when its parent is gone, with the git that it may have started."""
    while os.getppid() == parent:
        time.sleep(_PARENT_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def _answer(task: Task) -> dict[str, Any]:
    try:
        return carry_out(task)
    except RateLimited as error:
        return {"error": "paused", "reason": str(error), "seconds": error.retry_after}
    except Unreachable as error:
        return {"error": "unreachable", "reason": str(error)}
    except MinerError as error:
        return {"error": getattr(error, "state", "failed"), "reason": str(error)}
    except MemoryError:
        megabytes = task.memory_bytes // 2**20
        return {"error": TooLarge.state, "reason": f"the analysis needs more than {megabytes:,} MB of memory"}
    except Exception as error:  # noqa: BLE001 - the boundary of a job: one repository fails, with its reason
        return {"error": "failed", "reason": f"fault in the analysis: {in_one_line(error)}"}


def in_one_line(error: Exception) -> str:
    """An error that nobody expected, with the place that raised it."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    at = "" if place is None else f" at {Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}"
    return f"{type(error).__name__}: {error}{at}"


@contextmanager
def _tree(source: RemoteSource | LocalSource | KeptSource) -> Iterator[tuple[GitTree, bool]]:
    if isinstance(source, LocalSource):
        yield GitTree.open(source.path, source.oid), False
        return
    with source.mirrors.holding(source.url) as folder:
        if isinstance(source, KeptSource):
            if not folder.exists():
                raise NotKept(
                    "nothing of it is kept here, or another job is at it: `seedwatch rescan` fetches it again"
                )
            yield GitTree.open(folder, source.oid), False
            return
        fetched = fetch(
            source.url,
            folder,
            oid=source.oid,
            limits=source.limits,
            ca_file=source.ca_file,
            user_agent=source.user_agent,
            authorization=source.authorization,
            size_kb=source.size_kb,
            lend=source.mirrors.lend,
        )
        tree = GitTree.open(folder)
        source.mirrors.tell(folder, tree)
        yield tree, fetched.fsck_failed


@contextmanager
def _memory(most: int) -> Iterator[None]:
    """No more memory than that, for as long as it lasts. macOS takes no notice of the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if sys.platform != "darwin":
        resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))

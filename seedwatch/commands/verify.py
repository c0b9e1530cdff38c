"""`seedwatch verify`: findings put to the test, here and now; over many repositories as a batch."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from analysis.engine import analyse
from analysis.part import WHOLE, Part
from analysis.report import BUGS, Pair, Report
from analysis.tree import Tree
from miner.errors import BadInput
from miner.jobs.requests import read_request
from miner.settings import load_settings
from miner.store import NewBatch, Store
from miner.store.verifications import Disagreement
from miner.store.where import parse
from miner.targets import LocalTarget
from miner.verify.companions import verify_checks
from miner.verify.device import find
from miner.verify.fetched import fetched_tree
from miner.verify.model import CheckRun, Verification
from miner.verify.plan import flagged
from miner.verify.sandbox import Sandbox
from miner.verify.verify import verify_pairs
from seedwatch.background import carry_out
from seedwatch.opened import opened_store
from seedwatch.output.ink import ink_for_output
from seedwatch.output.verification import verification_text
from seedwatch.statuses import OK
from seedwatch.trees import asked

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_BUGS = f"in ({', '.join(sorted(BUGS))})"
_MOST_LISTED = 1000
_LEAST_SECONDS = 20.0
"""For the companion checks, whatever the findings have taken."""
_HAS_BUG = f"(legacy {_BUGS} or modern {_BUGS})"


@app.command()
def verify(
    target: Annotated[
        str | None,
        typer.Argument(help="The path of a repository, folder or file, or OWNER/NAME on GitHub.", metavar="TARGET"),
    ] = None,
    rev: Annotated[str | None, typer.Option(help="This commit, tag or branch, not the files as they lie.")] = None,
    pair: Annotated[
        list[str] | None,
        typer.Option(help="Only the finding with this id, as `check --format json` gives it.", metavar="ID"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    seconds: Annotated[
        float,
        typer.Option(
            min=1,
            help="Stop after so long; findings that were not run by then are said to be inconclusive.",
            metavar="SECONDS",
        ),
    ] = 240,
    where: Annotated[
        str | None,
        typer.Option(help="The known repositories for which this holds, as a batch: 'verdict = affected'."),
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="With --where: leave it to `seedwatch worker --queue gpu`.")
    ] = False,
    gpu: Annotated[
        bool,
        typer.Option(
            "--gpu", help="Give the machine's NVIDIA GPU to the sandbox, for datasets and checks that use CUDA."
        ),
    ] = False,
    disagreements: Annotated[
        bool,
        typer.Option("--disagreements", help="List stored verifications that saw something else than was read."),
    ] = False,
) -> int:
    """Run flagged loaders in a sandbox, and bring the evidence.

    Each finding's own loader is run with worker processes and without the repository's data, as torch before 1.9 and
    as torch from 1.9 on would run it, and the generator's state before each flagged draw is compared between workers
    and epochs. Companion checks about splits, orders and paired transforms are tried on small generated data. The code
    runs in namespaces of its own, without network, files or privileges; where that cannot be had, nothing is run.
    `seedwatch doctor` tells.

    With --gpu the loader is also iterated with pinned memory and its batches moved to the device, datasets that call
    CUDA get it, and checks about determinism run the same seeded step with the repository's flags and without. Without
    it no device is to be seen inside, whatever the machine has.

    With --where it is a batch over what was scanned and has a bug: the evidence is stored beside each scan, patches are
    run too, Ctrl-C pauses it, and `seedwatch jobs resume` goes on. `seedwatch rescan --help` has the words of --where.

    Exits with 0 when it ran, with 2 when it could not.
    """
    if disagreements:
        if target is not None or where is not None:
            raise BadInput("--disagreements lists what is stored: it goes alone, or with --json")
        with opened_store() as store:
            sys.stdout.write(_differing(store.verifications.disagreements(_MOST_LISTED), as_json))
        return OK
    if (target is None) == (where is None):
        raise BadInput("say what to verify: a path or OWNER/NAME, or --where for known repositories")
    if where is not None:
        if rev is not None or pair or as_json:
            raise BadInput("--where verifies the newest scans, whole, into the database: without --rev, --pair, --json")
        if detach and gpu:
            raise BadInput("--gpu is for what is run here; SEEDWATCH_VERIFY_GPU=true tells workers to use theirs")
        settings = load_settings()
        if gpu:
            find()
            settings = settings.model_copy(update={"verify_gpu": True})
        with opened_store() as store:
            return carry_out(store, _batch(store, where), detach=detach, settings=settings)
    assert target is not None
    if detach:
        raise BadInput("--detach goes with --where")
    with _opened(target, rev) as (tree, part):
        report = analyse(tree, part=part)
        wanted = _wanted(report, pair)
        with Sandbox(find() if gpu else None) as sandbox:
            started = time.monotonic()
            found = verify_pairs(tree, wanted, sandbox=sandbox, done=_progress(len(wanted)), seconds=seconds)
            left = max(seconds - (time.monotonic() - started), _LEAST_SECONDS)
            checks = [] if pair else verify_checks(tree, report, sandbox=sandbox, seconds=left)
    sys.stdout.write(
        _json(found, checks) if as_json else verification_text(found, checks, report, ink=ink_for_output())
    )
    return OK


def _differing(rows: Sequence[Disagreement], as_json: bool) -> str:
    if as_json:
        return (
            json.dumps({"disagreements": [{**asdict(row), "said": row.said.model_dump(mode="json")} for row in rows]})
            + "\n"
        )
    lines = [
        f"{row.owner}/{row.name} {row.commit[:8]} {said.loader} {said.dataset}: {said.verdict}; {said.reason}\n"
        for row in rows
        for said in [row.said]
    ]
    return "".join(lines) or "What was seen is what was read, as far as it was run.\n"


def _batch(store: Store, where: str) -> int:
    """Raises BadFilter."""
    parse(where)  # alone first, so that an error is told of what was written
    wanted = f"({where}) and {_HAS_BUG}" if where.strip() else _HAS_BUG
    return store.batches.select(NewBatch("verify", where or "all with a bug", "cli"), wanted)


@contextmanager
def _opened(target: str, rev: str | None) -> Iterator[tuple[Tree, Part]]:
    if Path(target).exists():
        yield asked([target], rev)
        return
    requested = read_request(target)
    if isinstance(requested.target, LocalTarget):
        yield asked([str(requested.target.path)], rev)
        return
    with fetched_tree(requested.target, rev, load_settings()) as tree:
        yield tree, WHOLE


def _wanted(report: Report, ids: Sequence[str] | None) -> list[Pair]:
    """The findings to run. Raises BadInput for an id that no flagged pair has."""
    pairs = flagged(report)
    if not ids:
        return pairs
    unknown = set(ids) - {pair.id for pair in pairs}
    if unknown:
        raise BadInput(
            f"no flagged pair has the id {', '.join(sorted(unknown))}; `seedwatch check --format json` has them"
        )
    return [pair for pair in pairs if pair.id in ids]


def _progress(total: int) -> Callable[[int], None]:
    def show(done: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done} of {total} findings" + ("\n" if done == total else ""))
            sys.stderr.flush()

    return show


def _json(found: Sequence[Verification], checks: Sequence[CheckRun]) -> str:
    document = {
        "verifications": [one.model_dump(mode="json") for one in found],
        "checks": [one.model_dump(mode="json") for one in checks],
    }
    return json.dumps(document) + "\n"

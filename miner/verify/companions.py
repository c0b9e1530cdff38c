"""Companion checks put to the test: what runs of the program make of small generated data."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from analysis.report import CheckFinding, Report
from analysis.tree import Tree
from miner.verify.limits import Limits
from miner.verify.model import CheckRun
from miner.verify.plan import files_of
from miner.verify.sandbox import Sandbox

RUNS = 3
SECONDS_PER_CHECK = 60.0
CODES = ("RP102", "RP104", "RP105")
"""Those that have an effect when the program runs, which small data shows."""

_DIFFER = {"RP104": "held back other items", "RP105": "handed out the samples in another order"}


def tried(report: Report) -> list[int]:
    """The places, among the report's checks, of those that `verify_checks` puts to the test."""
    return [place for place, check in enumerate(report.checks) if check.code in CODES]


def verify_checks(
    tree: Tree, report: Report, *, sandbox: Sandbox | None = None, seconds: float = math.inf
) -> list[CheckRun]:
    """Puts a report's companion checks to the test, as far as they can be and as the time goes. Raises NoSandbox."""
    wanted = [report.checks[place] for place in tried(report)]
    if not wanted:
        return []
    own = sandbox or Sandbox()
    try:
        limits = Limits(seconds=min(seconds, SECONDS_PER_CHECK * len(wanted)))
        job = {"kind": "checks", "runs": RUNS, "checks": [described(check) for check in wanted]}
        answer = own.run(job, files_of(tree), limits)
    finally:
        if sandbox is None:
            own.close()
    came: dict[int, list[Any]] = defaultdict(list)
    for line in answer.lines:
        if line.get("kind") == "check" and isinstance(line.get("check"), int) and isinstance(line.get("came"), list):
            came[line["check"]].append(line["came"])
    return list(_ruled(wanted, came))


def described(check: CheckFinding) -> dict[str, Any]:
    """A finding as the sandbox wants it."""
    return {"code": check.code, "path": check.path, "line": check.line, "program": check.program or check.path}


def _ruled(checks: Sequence[CheckFinding], came: dict[int, list[Any]]) -> Iterator[CheckRun]:
    for number, check in enumerate(checks):
        runs = came[number]
        verdict, reason = _paired(runs) if check.code == "RP102" else _compared(check.code, runs)
        yield CheckRun(
            check=check.id,
            code=check.code,
            path=check.path,
            line=check.line,
            verdict=verdict,
            reason=reason,
            runs=len(runs),
        )


Ruling = tuple[Literal["confirmed", "refuted", "inconclusive"], str]


def _compared(code: str, runs: Sequence[Any]) -> Ruling:
    if len(runs) < RUNS:
        return "inconclusive", "the program's seeding could not be run"
    different = len({str(run) for run in runs})
    if different == 1:
        return "refuted", f"{len(runs)} of {len(runs)} runs gave the same"
    return "confirmed", f"{different} of {len(runs)} runs {_DIFFER[code]}"


def _paired(runs: Sequence[Any]) -> Ruling:
    samples = [falls for run in runs for falls in run if isinstance(falls, list) and len(falls) > 1]
    if not samples:
        return "inconclusive", "the two transforms were not reached"
    # The first half of what was drawn is the first transform's.
    apart = sum(falls[: len(falls) // 2] != falls[len(falls) // 2 :] for falls in samples)
    if not apart:
        return "refuted", f"the two fell alike in {len(samples)} of {len(samples)} samples"
    return "confirmed", f"the two fell apart in {apart} of {len(samples)} samples"

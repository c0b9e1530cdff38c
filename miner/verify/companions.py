"""Companion checks put to the test: what runs of the program make of small generated data, and on a GPU of a step."""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal

from analysis.report import CheckFinding, Report
from analysis.tree import Tree
from miner.verify.limits import Limits
from miner.verify.model import CheckRun
from miner.verify.plan import files_of
from miner.verify.sandbox import Sandbox

RUNS = 3
SECONDS_PER_CHECK = 60.0
CODES = ("RP102", "RP104", "RP105", "RP107", "RP108")
"""Those that have an effect when the program runs, which small data shows."""
ON_A_GPU = ("RP107", "RP108")
"""Those of them whose effect is on a GPU alone."""

_DIFFER = {"RP104": "held back other items", "RP105": "handed out the samples in another order"}

Came = dict[str, Any]


def tried(report: Report) -> list[int]:
    """The places, among the report's checks, of those that `verify_checks` puts to the test."""
    return [place for place, check in enumerate(report.checks) if check.code in CODES]


def verify_checks(
    tree: Tree, report: Report, *, sandbox: Sandbox | None = None, seconds: float = math.inf
) -> list[CheckRun]:
    """Puts a report's companion checks to the test, as far as they can be and as the time goes. Those about a GPU need
    a sandbox that has one. Raises NoSandbox, NoDevice."""
    wanted = [report.checks[place] for place in tried(report)]
    device = sandbox.device.kind if sandbox is not None and sandbox.device is not None else None
    # With the flags and without are two programs.
    jobs = [
        (number, described(check, flags=flags))
        for number, check in enumerate(wanted)
        if device is not None or check.code not in ON_A_GPU
        for flags in ((True, False) if check.code == "RP108" else (True,))
    ]
    came: dict[int, list[Came]] = defaultdict(list)
    if jobs:
        own = sandbox or Sandbox()
        try:
            limits = Limits(seconds=min(seconds, SECONDS_PER_CHECK * len(jobs)))
            job = {"kind": "checks", "runs": RUNS, "checks": [one for _, one in jobs]}
            answer = own.run(job, files_of(tree), limits)
        finally:
            if sandbox is None:
                own.close()
        for line in answer.lines:
            if line.get("kind") == "check" and isinstance(line.get("check"), int):
                number, check = jobs[line["check"] % len(jobs)]
                came[number].append({**line, "with_flags": check["flags"]})
    return [ruled(check, came[number], device) for number, check in enumerate(wanted)]


def described(check: CheckFinding, *, flags: bool = True) -> dict[str, Any]:
    """A finding as the sandbox wants it. `flags`: with what the program sets for determinism."""
    related = [(path, int(line)) for path, _, line in (place.rpartition(":") for place in check.related)]
    return {
        "code": check.code,
        "path": check.path,
        "line": check.line,
        "program": check.program or check.path,
        "related": related,
        "flags": flags,
    }


def ruled(check: CheckFinding, came: Sequence[Came], device: str | None) -> CheckRun:
    """What the runs of one check's program come to; `device` is the one that they had."""
    ended = [one for one in came if isinstance(one.get("came"), list)]
    verdict, reason = _ruling(check.code, ended, device)
    if verdict == "inconclusive" and (why := next((one["why"] for one in came if one.get("why")), None)):
        reason = str(why)[:300]
    return CheckRun(
        check=check.id,
        code=check.code,
        path=check.path,
        line=check.line,
        verdict=verdict,
        reason=reason,
        runs=len(ended),
    )


Ruling = tuple[Literal["confirmed", "refuted", "inconclusive"], str]


def _ruling(code: str, came: Sequence[Came], device: str | None) -> Ruling:
    if code in ON_A_GPU and device is None:
        return "inconclusive", "it needs a GPU: `seedwatch verify --gpu` on a machine that has one"
    runs = [one["came"] for one in came]
    match code:
        case "RP102":
            return _paired(runs)
        case "RP107":
            return _drawn(runs)
        case "RP108":
            return _same_bits(came)
        case _:
            return _compared(code, runs)


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


def _drawn(runs: Sequence[Any]) -> Ruling:
    """Each run's draws of the processor, of the device that is seeded, and of the others."""
    if len(runs) < RUNS or any(len(run) != len(runs[0]) for run in runs):
        return "inconclusive", "the program's seeding could not be run"
    cpu, *devices = ({str(run[place]) for run in runs} for place in range(len(runs[0])))
    if not devices:
        return "inconclusive", "there is no GPU to draw on"
    seeded, *others = devices
    if len(seeded) > 1:
        return "inconclusive", "the device that is said to be seeded drew other numbers in each run"
    apart = sum(len(other) > 1 for other in others)
    if apart:
        return "confirmed", f"{apart} of {len(others)} other devices drew other numbers in {len(runs)} runs"
    if others:
        return "refuted", f"all {len(devices)} devices drew the same in {len(runs)} of {len(runs)} runs"
    if len(cpu) > 1:
        words = f"the processor drew other numbers in {len(cpu)} of {len(runs)} runs"
        return "confirmed", f"{words}; there is one device here, so that no other could be tried"
    return "inconclusive", "there is one device here, and it is the one that is seeded"


def _same_bits(came: Sequence[Came]) -> Ruling:
    """Equal steps with the program's flags, and without them."""
    flagged, plain = ([one for one in came if one["with_flags"] is flags] for flags in (True, False))
    if len(flagged) < RUNS or len(plain) < RUNS:
        return "inconclusive", "the program's flags could not be set, or the step could not be run"
    bits = [str(bit) for one in flagged for bit in one["came"]]
    others = [str(bit) for one in plain for bit in one["came"]]
    kinds, other_kinds = len(set(bits)), len(set(others))
    without = f"without them {len(others)} gave {other_kinds}"
    if kinds > 1:
        return "confirmed", f"{len(bits)} equally seeded steps with the program's flags gave {kinds} results; {without}"
    if other_kinds > 1:
        return "refuted", f"{len(bits)} equally seeded steps with the program's flags gave the same bits; {without}"
    return "inconclusive", f"{len(bits)} equally seeded steps gave the same bits, and so did those without the flags"

"""The rules by which what was noted becomes a verdict. Pure functions over data that strangers' code may have forged.

- Only draws at flagged lines that succeeded count, and only if the state differences noted beside them do not
contradict them.
- What decides over the workers' generators and could not be resolved makes a verdict `inconclusive`.
- `refuted` needs a complete way: the repository's own code, nothing passed over, nothing guessed.
- What was seen must agree with what was read; where the two differ the verdict is `inconclusive`, and the
difference is work for us.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.report import BUGS, Outcome, Pair
from miner.verify.answers import well_formed
from miner.verify.inside.notes import STARTED
from miner.verify.inside.reach import KINDS, drew, drew_everywhere, repeats, samples, stands_still, streams, undecided
from miner.verify.model import Evidence, LoggedDraw, OnDevice, Rung, Scope, Seen, Verdict, Verification
from miner.verify.plan import seeds_alike
from miner.verify.sandbox import ENDED_EARLY

LOGGED = 12
MOST_NAMED = 20
_ORDER: tuple[Rung, ...] = ("R1", "R2", "R3", "R4")


@dataclass(frozen=True, slots=True)
class _Ruling:
    verdict: Verdict
    reason: str
    scope: Scope | None = None
    condition: str | None = None
    disagrees: bool = False


def verification(
    pair: Pair, attempts: Sequence[dict[str, Any]], versions: dict[str, str], cut: str | None
) -> Verification:
    """The verdict on `pair` from all attempts that were made at it; `cut` says why there are no more of them."""
    attempts = [well_formed(attempt) for attempt in attempts]
    best = _best(attempts)
    evidence = _evidence(pair, best, attempts, versions)
    ruling = _ruling(pair, best, evidence, attempts, cut)
    return Verification(
        pair=pair.id,
        loader=pair.loader,
        dataset=pair.dataset,
        verdict=ruling.verdict,
        scope=ruling.scope,
        reason=ruling.reason,
        condition=ruling.condition,
        legacy=pair.legacy,
        modern=pair.modern,
        disagrees=ruling.disagrees,
        evidence=evidence,
    )


def _best(attempts: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The first rung that reached the draws in both kinds of run, and shows whether they repeat, in the loader's own
    dataset if one did."""
    ranked = [attempt for attempt in attempts if isinstance(attempt.get("runs"), dict) and drew(attempt["runs"])]

    def rank(attempt: dict[str, Any]) -> tuple[bool, bool, bool, int]:
        unsure = attempt.get("built_apart") and attempt.get("assumed")
        return not _drew_everywhere(attempt), undecided(attempt["runs"]), bool(unsure), _ORDER.index(attempt["rung"])

    return min(ranked, key=rank, default=None)


def _drew_everywhere(attempt: dict[str, Any]) -> bool:
    runs = attempt["runs"]
    return drew_everywhere(runs, len({sample["w"] for kind in KINDS for sample in samples(runs, kind)}))


def _evidence(
    pair: Pair, best: dict[str, Any] | None, attempts: Sequence[dict[str, Any]], versions: dict[str, str]
) -> Evidence:
    last = best or next(iter(attempts[-1:]), {})
    runs = last.get("runs") or {}
    return Evidence(
        rung=best["rung"] if best else None,
        rungs_tried=[attempt["rung"] for attempt in attempts],
        complete=best is not None and _complete(best),
        doubt=_doubt(pair, best) if best else None,
        legacy=seen(runs["legacy"]) if "legacy" in runs else None,
        modern=seen(runs["modern"]) if "modern" in runs else None,
        same_between_runs=_same_between_runs(runs) if best else None,
        start_method=pair.start_method or "fork",
        loader=last.get("loader") or {},
        log=_log(runs.get("legacy") if pair.legacy in BUGS else runs.get("modern")),
        stubs=(last.get("stubs") or [])[:MOST_NAMED],
        emulated=(last.get("emulated") or [])[:MOST_NAMED],
        on_device=_on_device(last),
        guessed=_guessed(last)[:MOST_NAMED],
        swallowed=_swallowed(last)[:MOST_NAMED],
        versions=versions,
        seconds=round(sum(float(attempt.get("seconds") or 0) for attempt in attempts), 2),
        megabytes=max((int(attempt.get("megabytes") or 0) for attempt in attempts), default=0),
    )


def _on_device(attempt: dict[str, Any]) -> OnDevice | None:
    run = (attempt.get("runs") or {}).get("pinned") or {}
    cuda = _cuda(attempt)[:MOST_NAMED]
    if not run and not cuda:
        return None
    return OnDevice(**(run.get("carried") or {}), seen=seen(run) if run else None, failed=run.get("failed"), cuda=cuda)


def _cuda(attempt: dict[str, Any]) -> list[str]:
    """Where the repository's code started CUDA, or was refused it."""
    return list(dict.fromkeys([*(attempt.get("device") or []), *_notes(attempt, "device")]))


def seen(run: dict[str, Any]) -> Seen:
    """What one run shows: equal between workers, equal between epochs."""
    found, drawn = repeats(run), streams(run)
    epochs, workers, between_workers, between_epochs = found
    first = [drawn.get((epochs[0], worker), []) for worker in workers[:2]] if epochs else []
    compared = min((len(stream) for stream in first), default=0) if len(first) == 2 else 0
    return Seen(
        outcome=found.outcome,
        draws=sum(int(sample["f"]) for sample in run["samples"]),
        epochs=len(epochs),
        workers=len(workers),
        equal_workers=len(between_workers) if len(workers) > 1 else 0,
        equal_epochs=len(between_epochs),
        equal_prefix=_prefix(first) if compared else 0,
        compared=compared,
        grid=_grid(run),
    )


def _prefix(streams: Sequence[Sequence[str]]) -> int:
    count = 0
    for one, other in zip(*streams, strict=False):
        if one != other:
            break
        count += 1
    return count


def _grid(run: dict[str, Any]) -> list[list[list[int]]]:
    numbers: dict[str, int] = {}
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for sample in run["samples"]:
        state = str(sample["d"][0][4]) if sample["d"] else None
        cells[sample["e"], sample["w"]].append(numbers.setdefault(state, len(numbers)) if state is not None else -1)
    epochs, workers = (sorted({place[part] for place in cells}) for part in (0, 1))
    return [[cells.get((epoch, worker), []) for worker in workers] for epoch in epochs]


def _same_between_runs(runs: dict[str, Any]) -> bool | None:
    if "again" not in runs or "modern" not in runs:
        return None
    first, again = streams(runs["modern"]), streams(runs["again"])
    places = [place for place in again if place in first]
    return bool(places) and all(first[place][0] == again[place][0] for place in places)


def _log(run: dict[str, Any] | None) -> list[LoggedDraw]:
    if run is None:
        return []
    lines = [
        LoggedDraw(
            epoch=sample["e"],
            worker=sample["w"],
            sample=sample["s"],
            api=str(draw[0]),
            path=str(draw[2]),
            line=int(draw[3]),
            state=str(draw[4]),
        )
        for sample in run["samples"]
        for draw in sample["d"][:1]
    ]
    return sorted(lines, key=lambda draw: (draw.epoch, draw.sample // 2, draw.worker, draw.sample))[:LOGGED]


def _notes(attempt: dict[str, Any], key: str) -> list[str]:
    runs = attempt.get("runs") or {}
    found: dict[str, None] = {}
    for name in (*KINDS, "pinned") if key == "device" else KINDS:
        for note in (runs.get(name) or {}).get("notes", []):
            value = note.get(key) or []
            found.update(dict.fromkeys([value] if isinstance(value, str) else map(str, value)))
    return list(found)


def _swallowed(attempt: dict[str, Any]) -> list[str]:
    errors = (
        [str(sample["x"]) for sample in samples(attempt["runs"], "modern") if sample.get("x")]
        if attempt.get("runs")
        else []
    )
    return list(dict.fromkeys([*(attempt.get("swallowed") or []), *_notes(attempt, "passed"), *errors]))


def _guessed(attempt: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys([*(attempt.get("decided") or []), *_notes(attempt, "decided")]))


def _complete(attempt: dict[str, Any]) -> bool:
    return (
        attempt["rung"] in {"R1", "R2"}
        and not _swallowed(attempt)
        and not _guessed(attempt)
        and not attempt.get("stubs")
        and not attempt.get("built_apart")
        and not any(sample.get("x") for name in KINDS for sample in samples(attempt["runs"], name))
    )


def _ruling(
    pair: Pair, best: dict[str, Any] | None, evidence: Evidence, attempts: Sequence[dict[str, Any]], cut: str | None
) -> _Ruling:
    if best is None:
        return _without_draws(attempts, cut)
    if evidence.doubt is not None:
        return _Ruling("inconclusive", evidence.doubt)
    legacy = evidence.legacy.outcome if evidence.legacy else "unknown"
    modern = evidence.modern.outcome if evidence.modern else "unknown"
    if "unknown" in (legacy, modern):
        return _Ruling("inconclusive", "the draws were reached in too few workers or epochs to compare them")
    bugs = (legacy in BUGS, modern in BUGS)
    if not any(bugs):
        if evidence.complete:
            return _Ruling(
                "refuted", "the loader ran as it is written, and no worker or epoch repeated another", disagrees=True
            )
        return _Ruling("inconclusive", "no repeat was seen, but not all of the code on the way was run", disagrees=True)
    if not _agrees(pair, legacy, modern):
        return _Ruling(
            "inconclusive",
            f"seen: {legacy} below 1.9, {modern} from 1.9 on; read: {pair.legacy}, {pair.modern}",
            disagrees=True,
        )
    scope: Scope = "any torch" if all(bugs) else "torch < 1.9" if bugs[0] else "torch >= 1.9"
    reason = _words(evidence, scope)
    conditions = list(_conditions(pair, best, attempts))
    if conditions:
        return _Ruling("conditional", reason, scope, "; and ".join(conditions))
    return _Ruling("confirmed", reason, scope)


def _conditions(pair: Pair, attempt: dict[str, Any], attempts: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What it hangs on that what an attempt saw is what happens: each to be read after "depends"."""
    depends = [str(place) for place in attempt.get("depends") or []]
    if depends:
        yield f"on what is chosen at {', '.join(depends)}"
    assumed = [str(one) for one in attempt.get("assumed") or []]
    if attempt["rung"] == "R4":
        assumed.append("the flagged line being reached, which was read and not run")
    elif attempt["rung"] == "R3" and any(_ran_past(pair, other) for other in attempts):
        assumed.append("the flagged line being reached, without which this loader's own samples were made")
    if seeds_alike(pair):
        assumed.append("torch being seeded alike for each epoch, which was read and not run")
    outside = [name for name in _notes(attempt, "init_used") if not name.endswith("()")]
    if outside:
        assumed.append(f"{', '.join(outside)} being an integer that is set outside of the repository")
    if assumed:
        yield f"on {', '.join(assumed)}"
    if _hangs_on_parent(attempt):
        yield "below 1.9, on a program that draws few NumPy numbers between epochs"


def _ran_past(pair: Pair, attempt: dict[str, Any]) -> bool:
    """Whether the loader's own dataset made its samples without trouble, guess or draw."""
    made = samples(attempt["runs"], "legacy") if attempt["rung"] in {"R1", "R2"} else []
    if not made or drew(attempt["runs"]) or any(sample.get("x") for sample in made) or attempt["built_apart"]:
        return False
    apart = {f"constructor of {name}" for name in pair.dataset.split(".")}
    return not (apart & set(attempt["decided"]) or _notes(attempt, "passed") or _notes(attempt, "decided"))


def _hangs_on_parent(attempt: dict[str, Any]) -> bool:
    """Whether what repeats below 1.9 does not where the parent's state moves between epochs."""
    runs = attempt["runs"]
    if "moved" not in runs:
        return False
    moved = seen(runs["moved"]).outcome
    return moved != "unknown" and moved != seen(runs["legacy"]).outcome


def _agrees(pair: Pair, legacy: Outcome, modern: Outcome) -> bool:
    sides = ((pair.legacy, legacy), (pair.modern, modern))
    return all(read == "unknown" or read == saw for read, saw in sides)


def _without_draws(attempts: Sequence[dict[str, Any]], cut: str | None) -> _Ruling:
    unresolved = next((attempt["unresolved"] for attempt in attempts[::-1] if attempt.get("unresolved")), None)
    if unresolved:
        return _Ruling("inconclusive", "; ".join(map(str, unresolved)))
    if cut is not None:
        return _Ruling("failed" if not attempts or cut == ENDED_EARLY else "inconclusive", cut)
    whys = [str(attempt.get("why")) for attempt in attempts if attempt.get("why")]
    whys += [said for attempt in attempts for said in _cuda(attempt) if not said.endswith(STARTED)]
    return _Ruling("inconclusive", f"the flagged line was not reached{f': {whys[-1]}' if whys else ''}")


def _doubt(pair: Pair, attempt: dict[str, Any]) -> str | None:
    """Why this attempt must not be believed, None where it may."""
    if attempt.get("unresolved"):
        return "; ".join(map(str, attempt["unresolved"]))
    failed = _notes(attempt, "init_failed")
    if failed:
        return f"worker_init_fn failed: {failed[0]}"
    if any(sample.get("q") for name in KINDS for sample in samples(attempt["runs"], name)):
        return "a seed on the way to the draw is not known"
    missing = set(attempt.get("stubs") or [])
    called = [name for name in _notes(attempt, "init_used") if name.endswith("()")]
    called = [name for name in called if _may_seed(name, missing)]
    if called:
        return f"worker_init_fn calls {called[0]}, which is not here"
    skipped = [*(attempt.get("skipped_seeds") or []), *_notes(attempt, "unseeded")]
    if attempt["rung"] in {"R3", "R4"} and skipped:
        return f"something is seeded on the way to the draw, at {skipped[0]}, and was not run"
    return _contradiction(pair, attempt)


def _may_seed(called: str, missing: set[str]) -> bool:
    """Whether what stood in for a function may have been one that seeds: not a method of some object of the data."""
    root = called.partition(".")[0].removesuffix("()")
    return root in missing or "seed" in called or "init" in called or "." not in called


def _contradiction(pair: Pair, attempt: dict[str, Any]) -> str | None:
    """Where the log of draws and the differences of states do not fit together."""
    if stands_still(attempt["runs"]):
        return "draws were noted, and the generator's state did not change"
    for name in KINDS:
        drawn = [
            sample for sample in samples(attempt["runs"], name) if any(draw[1] == "global" for draw in sample["d"])
        ]
        run = seen(attempt["runs"][name])
        if pair.draw_kind == "global" and run.outcome == "duplicate" and drawn and not _states_shared(drawn):
            return "the log of draws says that workers repeat each other, the states around the samples do not"
    return None


def _states_shared(samples: Sequence[dict[str, Any]]) -> bool:
    by_worker: dict[int, set[str]] = defaultdict(set)
    for sample in samples:
        by_worker[sample["w"]] |= {sample["b"][0], sample["a"][0]}
    states = list(by_worker.values())
    return len(states) < 2 or bool(states[0] & states[1])


def _words(evidence: Evidence, scope: Scope) -> str:
    run = evidence.modern if scope == "torch >= 1.9" else evidence.legacy
    assert run is not None
    if run.outcome == "duplicate":
        how = f"{run.equal_prefix} of {run.compared} draws of worker 0 and worker 1 start from equal states"
        if not run.equal_prefix:  # a seed within the sample, after the first draw
            how = "most draws of worker 0 start from states that worker 1's start from too"
        return f"{how}, in {run.equal_workers} of {run.epochs} epochs"
    return f"each worker's draws repeat those of the epoch before, {run.equal_epochs} of {run.epochs - 1} times"

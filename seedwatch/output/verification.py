"""Verifications as text for a person."""

from collections import Counter
from collections.abc import Sequence

from analysis.report import Outcome, Report
from api.visible import visible
from miner.verify.model import RUNG_MEANS, CheckRun, Evidence, OnDevice, Seen, Verdict, Verification
from seedwatch.output.ink import Ink

_TONES: dict[Verdict, Outcome] = {
    "confirmed": "duplicate",
    "conditional": "unknown",
    "refuted": "clean",
    "inconclusive": "unknown",
    "failed": "unknown",
}


def verification_text(found: Sequence[Verification], checks: Sequence[CheckRun], report: Report, *, ink: Ink) -> str:
    """Each verification with its evidence in a few lines, then the companion checks, then the verdicts counted."""
    if not found and not checks:
        why = "has no flagged pair" if report.pairs else "has no pair of a dataset and a loader that draws"
        return f"Nothing to verify: this tree {why}.\n"
    counts = Counter(one.verdict for one in found)
    total = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
    parts = [_one(one, ink) for one in found]
    parts += [_check(check, ink) for check in checks]
    return "\n".join([*parts, *([f"{total}\n"] if found else [])])


def _check(check: CheckRun, ink: Ink) -> str:
    place = ink.place(f"{check.path}:{check.line}")
    return f"{ink.loud(check.verdict, _TONES[check.verdict])}  {check.code}  {place}\n  {check.reason}\n"


def _one(one: Verification, ink: Ink) -> str:
    scope = f", {one.scope}" if one.scope else ""
    lines = [f"{ink.loud(one.verdict, _TONES[one.verdict])}{scope}  {_shown(one.dataset)}  {ink.place(one.loader)}"]
    lines.append(f"  {_shown(one.reason)}")
    if one.condition:
        lines.append(f"  depends {_shown(one.condition)}")
    if one.disagrees:
        lines.append(f"  the static analysis says {one.legacy} below torch 1.9 and {one.modern} from 1.9 on")
    lines += [f"  {line}" for line in _evidence(one.evidence)]
    return "\n".join(lines) + "\n"


def _evidence(evidence: Evidence) -> list[str]:
    lines = [
        f"{name}: {_seen(seen)}"
        for name, seen in (("torch < 1.9 ", evidence.legacy), ("torch >= 1.9", evidence.modern))
        if seen is not None and seen.draws
    ]
    if evidence.rung is not None:
        lines.append(f"{evidence.rung}: {RUNG_MEANS[evidence.rung]}")
    if evidence.stubs:
        lines.append(f"not installed, stood in for: {', '.join(map(_shown, evidence.stubs))}")
    if evidence.emulated:
        lines.append(f"emulated: {', '.join(map(_shown, evidence.emulated))}")
    if evidence.on_device is not None:
        versions = evidence.versions
        parts = [
            versions.get("device", ""),
            *(f"{one} {versions[one]}" for one in ("cuda", "driver") if one in versions),
        ]
        lines.append(f"on {_shown(', '.join(parts))}: {_on_device(evidence.on_device)}")
        lines += [f"CUDA: {_shown(line)}" for line in evidence.on_device.cuda]
    return lines


def _on_device(told: OnDevice) -> str:
    """What the run with pinned memory showed."""
    if told.failed is not None:
        return f"pinned memory failed: {_shown(told.failed)}"
    if told.seen is None:
        return "not run with pinned memory"
    parts = [f"{told.pinned} of {told.batches} batches pinned", f"{told.moved} moved"]
    parts += [f"{told.own} of the repository's own samples"] if told.own != told.batches else []
    return f"{', '.join(parts)}; {_seen(told.seen)}"


def _seen(seen: Seen) -> str:
    workers = f"workers repeat each other in {seen.equal_workers} of {seen.epochs} epochs" if seen.workers > 1 else ""
    epochs = f"epochs repeat {seen.equal_epochs} of {seen.epochs - 1} times" if seen.epochs > 1 else ""
    return "; ".join(part for part in (f"{seen.draws} draws", workers, epochs) if part)


def _shown(text: str) -> str:
    return " ".join(visible(text).split())

"""What came out of a run of scans, as text for a person."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from api.words import OUTCOME_NAME, STATE_NAME, VERDICT_NAME, VERDICT_TONE
from miner.jobs.runner import Summary
from miner.store import GITHUB, BatchItem, Repository, Scan
from miner.store.records import GOOD_ITEM_STATES
from seedwatch.output.ink import Ink
from seedwatch.output.table import Cell, Row, table

FAILURES_SHOWN = 50
RESULTS_SHOWN = 40

Result = tuple[Repository, Scan]


def summary(done: Summary, results: Sequence[Result], *, ink: Ink) -> str:
    """The counts in one line, then the verdicts, then what could not be scanned, and why."""
    parts = [_counts(done)]
    if results:
        if len(results) <= RESULTS_SHOWN:
            parts.append(table(("repository", "torch < 1.9", "torch >= 1.9", "verdict"), map(_row, results), ink=ink))
        else:
            parts.append(_by_verdict(results))
    if done.failures:
        parts.append(_failures(done.failures, ink))
    return "\n".join(parts)


def _by_verdict(results: Sequence[Result]) -> str:
    """The verdicts counted, for runs that are too large to be listed."""
    counts = Counter(scan.verdict for _, scan in results)
    lines = [f"{count:>7,}  {VERDICT_NAME[verdict]}\n" for verdict, count in counts.most_common()]
    return "".join(lines) + "`seedwatch serve` shows each of them.\n"


def verdict_cells(scan: Scan) -> Row:
    """The outcome on either side of torch 1.9, and the verdict."""
    if scan.eligible is False:
        return Cell("-"), Cell("-"), Cell(VERDICT_NAME[scan.verdict])
    return (
        Cell(OUTCOME_NAME[scan.legacy], scan.legacy),
        Cell(OUTCOME_NAME[scan.modern], scan.modern),
        Cell(VERDICT_NAME[scan.verdict], VERDICT_TONE[scan.verdict]),
    )


def _row(result: Result) -> Row:
    repository, scan = result
    return repository.full_name, *verdict_cells(scan)


def _counts(done: Summary) -> str:
    ordered = sorted(done.by_state.items(), key=lambda entry: (entry[0] not in GOOD_ITEM_STATES, entry[0]))
    states = ", ".join(f"{count:,} {_state(state)}" for state, count in ordered)
    targets = "1 target" if done.total == 1 else f"{done.total:,} targets"
    skipped = (
        f"{done.skipped:,} left out: another batch is at it, `seedwatch jobs` shows which\n" if done.skipped else ""
    )
    return (f"{targets} in {done.seconds:.1f} s: {states}\n" if done.total else "") + skipped


def _failures(items: Sequence[BatchItem], ink: Ink) -> str:
    rows = [(item.target, _state(item.state), _reason(item)) for item in items[:FAILURES_SHOWN]]
    more = f"and {len(items) - FAILURES_SHOWN:,} more\n" if len(items) > FAILURES_SHOWN else ""
    return table(("not scanned", "state", "reason"), rows, ink=ink) + more


def _reason(item: BatchItem) -> str:
    """Why it failed, and what else may have been meant."""
    reason = item.reason or ""
    if item.repository is not None and item.repository.host == GITHUB and Path(item.target).is_dir():
        return f"{reason} (the folder {item.target} here is ./{item.target})"
    return reason


def _state(state: str) -> str:
    return STATE_NAME.get(state, state.replace("_", " "))

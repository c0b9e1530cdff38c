"""What is going on, as text for a person."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from api.words import STATE_NAME
from miner.store import StateCounts
from miner.store.budgets import ApiBudget
from miner.store.sight import Sight
from miner.store.under_way import Reason
from miner.store.workers import Worker
from seedwatch.output.ink import Ink
from seedwatch.output.table import table


def repositories_line(states: StateCounts) -> str:
    """How many repositories are in each state."""
    total = sum(states.repositories.values())
    counted = sorted(states.repositories.items(), key=lambda each: -each[1])
    shown = ", ".join(f"{number:,} {STATE_NAME.get(state, state)}" for state, number in counted)
    return f"{total:,} repositories: {shown}\n" if total else "No repositories yet.\n"


def work_lines(sight: Sight, now: datetime) -> str:
    """What waits, for how long, and what ended how."""
    waiting = ", ".join(f"{number:,} to {kind}" for kind, number in sorted(sight.waiting.items())) or "nothing"
    lines = [f"Waiting: {waiting}" + (f", {sight.carried:,} of them in the queues" if sight.carried else "")]
    if sight.waiting_since is not None:
        lines.append(f"The oldest batch that has items left was made {_ago(now - sight.waiting_since)}")
    if sight.ended:
        ended = sorted(sight.ended.items(), key=lambda each: -each[1])
        lines.append("Ended: " + ", ".join(f"{number:,} {kind} {state}" for (kind, state), number in ended if number))
    return "".join(f"{line}\n" for line in lines)


def rate_line(last_hour: int) -> str:
    """How many scans ended lately."""
    return f"Scans in the last hour: {last_hour:,}\n"


def reasons_table(reasons: Sequence[Reason], *, ink: Ink) -> str:
    """Why repositories could not be scanned, the most frequent first; nothing where all could."""
    rows = [(f"{each.repositories:,}", STATE_NAME.get(each.state, each.state), each.reason) for each in reasons]
    return table(("not scanned", "state", "reason"), rows, ink=ink) if rows else ""


def workers_table(workers: Sequence[Worker], now: datetime, *, ink: Ink) -> str:
    """One line for each worker."""
    if not workers:
        return "No workers: `seedwatch worker` starts one.\n"
    rows = [
        (
            f"{worker.host}:{worker.pid}",
            worker.queues,
            str(worker.concurrency),
            worker.version,
            _ago(now - worker.started_at),
            _ago(now - worker.heartbeat_at),
        )
        for worker in workers
    ]
    return table(("worker", "queues", "jobs at a time", "version", "started", "last sign of life"), rows, ink=ink)


def mining_lines(budgets: Sequence[ApiBudget], due: int, now: datetime) -> str:
    """What is due for a look at whether it changed, and what may still be asked of GitHub."""
    lines = [f"Due for a look by `seedwatch refresh`: {due:,}"]
    for each in budgets:
        fresh = each.reset_at <= now
        left = f"{each.quota if fresh else each.remaining:,} of {each.quota:,} left"
        until = "" if fresh else f" until {each.reset_at:%H:%M} UTC"
        paused = each.not_before is not None and each.not_before > now
        pause = f", GitHub asked for a pause until {each.not_before:%H:%M:%S} UTC" if paused else ""
        lines.append(f"GitHub, {each.resource} ({each.identity}): {left}{until}, {each.spent:,} asked so far{pause}")
    return "".join(f"{line}\n" for line in lines)


def _ago(since: timedelta) -> str:
    return f"{timedelta(seconds=max(0, round(since.total_seconds())))} ago"

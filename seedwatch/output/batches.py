"""Batches, schedules and tokens as text for a person."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from api.words import STATE_NAME, VERDICT_NAME
from miner.store import BatchProgress
from miner.store.access import AuditEntry, Token
from miner.store.records import Changes, Failures
from miner.store.schedules import Schedule
from seedwatch.output.ink import Ink
from seedwatch.output.table import table


def made_line(batch: BatchProgress) -> str:
    """What was made, and what was left out of it."""
    skipped = f" ({batch.skipped:,} left out: another batch has them queued)" if batch.skipped else ""
    return f"Batch {batch.id}: {_repositories(batch.total)}{skipped}\n"


def batches_table(batches: Sequence[BatchProgress], *, ink: Ink) -> str:
    """One line for each batch."""
    titles = ("batch", "kind", "state", "done", "failed", "to go", "by", "what")
    rows = [
        (
            str(batch.id),
            batch.kind,
            batch.state,
            f"{batch.done:,} of {batch.total:,}",
            f"{batch.failed:,}",
            left(batch),
            batch.created_by,
            batch.title,
        )
        for batch in batches
    ]
    return table(titles, rows, ink=ink)


def batch_text(batch: BatchProgress, failures: Sequence[Failures], changes: Sequence[Changes], *, ink: Ink) -> str:
    """All that is known of one batch."""
    states = ", ".join(f"{number:,} {STATE_NAME.get(state, state)}" for state, number in sorted(batch.by_state.items()))
    lines = [
        f"Batch {batch.id} ({batch.kind}), {batch.state}: {batch.title}",
        f"{_repositories(batch.total)}, {batch.done:,} done: {states or 'nothing to do'}",
    ]
    if batch.skipped:
        lines.append(f"{batch.skipped:,} were left out, since another batch had them queued")
    if batch.state == "running":
        lines.append(f"{rate(batch):.1f} a second, {left(batch)} to go")
    text = "".join(f"{line}\n" for line in lines)
    if failures:
        rows = [(f"{each.items:,}", each.state, each.reason) for each in failures]
        text += "\n" + table(("items", "state", "reason"), rows, ink=ink)
    return text + changes_table(changes, ink=ink)


def changes_table(changes: Sequence[Changes], *, ink: Ink) -> str:
    """From which verdicts to which other ones; nothing where none changed."""
    if not changes:
        return ""
    rows = [
        (
            f"{each.repositories:,}",
            "not scanned before" if each.before is None else VERDICT_NAME[each.before],
            VERDICT_NAME[each.after],
        )
        for each in changes
    ]
    return "\n" + table(("repositories", "before", "now"), rows, ink=ink)


def schedules_table(schedules: Sequence[Schedule], *, ink: Ink) -> str:
    """One line for each schedule."""
    if not schedules:
        return "No schedules.\n"
    titles = ("schedule", "when", "time zone", "next", "last", "kind", "which")
    rows = [
        (
            each.name,
            each.cron,
            each.time_zone,
            "paused" if each.paused else moment(each.next_at),
            each.last_outcome or "",
            each.kind,
            each.selection or "all",
        )
        for each in schedules
    ]
    return table(titles, rows, ink=ink)


def tokens_table(tokens: Sequence[Token], *, ink: Ink) -> str:
    """One line for each token, revoked ones too."""
    if not tokens:
        return "No tokens.\n"
    rows = [(each.name, " ".join(each.scopes), moment(each.created_at), _standing(each)) for each in tokens]
    return table(("token", "scopes", "made", "state"), rows, ink=ink)


def audit_table(entries: Sequence[AuditEntry], *, ink: Ink) -> str:
    """One line for each entry of the log."""
    if not entries:
        return "Nothing was asked for yet.\n"
    rows = [(moment(each.at), each.actor, each.action, each.subject, each.detail or "") for each in entries]
    return table(("when", "who", "what", "of", "detail"), rows, ink=ink)


def rate(batch: BatchProgress) -> float:
    """Items a second since the batch was made."""
    seconds = ((batch.finished_at or datetime.now(UTC)) - batch.created_at).total_seconds()
    return batch.done / seconds if seconds > 0 else 0.0


def left(batch: BatchProgress) -> str:
    """How long it will take at the rate so far."""
    if batch.state != "running":
        return ""
    pace = rate(batch)
    if not pace:
        return "unknown"
    return str(timedelta(seconds=round((batch.total - batch.done) / pace)))


def moment(when: datetime) -> str:
    """A time to the minute, in UTC."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _standing(token: Token) -> str:
    if token.revoked_at is not None:
        return f"revoked {moment(token.revoked_at)}"
    if token.expires_at is None:
        return "holds"
    return f"{'expired' if token.expires_at <= datetime.now(UTC) else 'holds until'} {moment(token.expires_at)}"


def _repositories(number: int) -> str:
    return "1 repository" if number == 1 else f"{number:,} repositories"

"""What the pages say: every code of the report in words that a person understands."""

from typing import Final

from analysis.answers import is_odd_answer
from analysis.checks.registry import titles
from analysis.report import BUGS, DrawKind, NotEligible, Outcome, Report, Reseed, TorchRange, Verdict
from analysis.wording import CODES, OTHER_KEPT

OUTCOME_NAME: Final[dict[Outcome, str]] = {
    "duplicate": "duplicate",
    "epoch_repeat": "epoch repeat",
    "clean": "clean",
    "unknown": "unknown",
}
OUTCOME_SENTENCE: Final[dict[Outcome, str]] = {
    "duplicate": "Workers repeat each other: all of them draw the same numbers.",
    "epoch_repeat": "Each epoch repeats the last: workers start again from the same numbers.",
    "clean": "Every worker and every epoch draws its own numbers.",
    "unknown": "The code does not say, so neither do we.",
}
VERDICT_NAME: Final[dict[Verdict, str]] = {
    "affected": "affected",
    "affected_on_old_torch": "affected on old PyTorch",
    "affected_on_new_torch": "affected on new PyTorch",
    "unknown": "unknown",
    "mitigated": "mitigated",
    "not_eligible": "not eligible",
}
VERDICT_MEANING: Final[dict[Verdict, str]] = {
    "affected": "The bug is there on every PyTorch that the repository admits.",
    "affected_on_old_torch": "The bug is there below PyTorch 1.9, which the repository admits beside newer ones.",
    "affected_on_new_torch": "The bug is there from PyTorch 1.9 on, which the repository admits beside older ones.",
    "unknown": "No bug was found, and one side that the repository admits could not be read off.",
    "mitigated": "NumPy draws run in its workers, and they are clean on every PyTorch that it admits.",
    "not_eligible": "No NumPy draw of its own runs in a worker, so the bug cannot be there.",
}
VERDICT_TONE: Final[dict[Verdict, Outcome]] = {
    "affected": "duplicate",
    "affected_on_old_torch": "duplicate",
    "affected_on_new_torch": "duplicate",
    "unknown": "unknown",
    "mitigated": "clean",
    "not_eligible": "unknown",
}
NOT_ELIGIBLE: Final[dict[NotEligible, str]] = {
    "no_torch": "It does not import torch.",
    "no_loader": "It builds no DataLoader.",
    "no_custom_code": "Its loaders run no dataset, transform or collate function of its own.",
    "no_draw": "Nothing in it draws from NumPy.",
    "only_random_or_torch": "Its workers draw from Python's random or from torch alone; PyTorch reseeds both.",
    "draw_not_in_worker": "It draws from NumPy, but in the parent process, not in a worker.",
    "no_workers": "Its loaders start no workers.",
    "unread": "Its code could not be read.",
}
DRAW_KIND: Final[dict[DrawKind, str]] = {
    "global": "global state",
    "instance": "kept generator",
    "fresh": "fresh generator",
    "indexed": "seeded by the sample",
    "fixed": "constant seed at each call",
}
DRAW_KIND_MEANING: Final[dict[DrawKind, str]] = {
    "global": "np.random's module state, which a worker inherits from its parent",
    "instance": "a generator object made once, kept, and copied into every worker",
    "fresh": "a generator made at each call from new entropy: harmless",
    "indexed": "a generator made from the sample's index: the same numbers each epoch, by design",
    "fixed": "a generator made with a constant seed at each call: every sample gets the same numbers",
}
RESEED: Final[dict[Reseed, str]] = {
    "none": "not reseeded",
    "good": "reseeded by worker and epoch",
    "epoch": "reseeded by worker, the same each epoch",
    "constant": "reseeded with the same seed in every worker",
}
TORCH_RANGE: Final[dict[TorchRange, str]] = {
    "<1.9": "only PyTorch below 1.9",
    ">=1.9": "only PyTorch 1.9 and later",
    "open": "PyTorch on both sides of 1.9",
}
STARTED_BY: Final[dict[str, str]] = {
    "fork": "Linux, up to Python 3.13",
    "forkserver": "Linux, from Python 3.14 on",
    "spawn": "macOS and Windows",
    "any": "every system and Python",
}
"""Which systems and Pythons start workers in a way where the code asks for none (Python's documentation of
`multiprocessing`, "Contexts and start methods")."""
ANSWER: Final = {
    "ignored": "ignored beside the code:",
    "accepted": "known and accepted:",
    "disputed": "disputed, to be looked at:",
}

DISPUTE: Final = {
    "open": "disputed, to be looked at:",
    "upheld": "disputed, and rightly so:",
    "rejected": "disputed; looked at, and the finding stands:",
}

STATE_NAME: Final[dict[str, str]] = {
    "discovered": "not scanned yet",
    "queued": "queued",
    "scanning": "being scanned",
    "scanned": "scanned",
    "gone": "gone",
    "empty": "empty",
    "too_large": "too large",
    "hostile": "hostile",
    "timed_out": "timed out",
    "blocked": "blocked",
    "opted_out": "opted out",
    "failed": "failed",
}
BATCH_STATE: Final[dict[str, str]] = {
    "running": "Running",
    "paused": "Paused",
    "cancelling": "Being cancelled",
    "cancelled": "Cancelled",
    "finished": "Finished",
}
ITEM_STATE: Final[dict[str, str]] = {
    **STATE_NAME,
    "queued": "waiting",
    "scanning": "under way",
    "scanned": "with a new result",
    "unchanged": "unchanged",
    "cancelled": "cancelled",
}
JOB_KIND: Final[dict[str, str]] = {
    "scan": "scan",
    "rejudge": "judge again, without a fetch",
    "verify": "verify in a sandbox",
}
STATE_MEANING: Final[dict[str, str]] = {
    "discovered": "It was found by a search and has not been scanned.",
    "queued": "It waits for a worker. This page will have the answer when the scan is done.",
    "scanning": "A worker reads it now. This page will have the answer when the scan is done.",
    "gone": "The address answers that there is no such repository, or that it is private.",
    "empty": "The repository has no commit.",
    "too_large": "It is larger than the limits that a scan may take.",
    "hostile": "Its content broke a safety rule while it was fetched. Nothing of it was run or written out.",
    "timed_out": "Fetching or reading it took longer than a scan may take.",
    "blocked": "The host refuses to serve it.",
    "opted_out": "Its owner asked to be left out. Nothing of it is kept or shown.",
    "failed": "The scan failed on our side.",
}


def state_in_full(state: str, reason: str | None) -> str:
    """What a state means, and the reason that was noted with it as a sentence of its own."""
    noted = (reason or "").strip()
    return f"{STATE_MEANING.get(state, '')} {noted[:1].upper()}{noted[1:]}".strip()


def form(code: str) -> str:
    """What the code of a pair or of a companion check stands for; nothing for one that this release does not know."""
    return CODES.get(code) or titles().get(code, "")


def faults() -> dict[str, str]:
    """What each code stands for, the forms of the bug first."""
    return {code: f"{code} {text}" for code, text in {**CODES, **titles()}.items()}


def headline(report: Report) -> str:
    """The verdict as one sentence about this repository."""
    match report.verdict:
        case "affected":
            return "Its training data repeats random numbers."
        case "affected_on_old_torch":
            return "It repeats random numbers below PyTorch 1.9."
        case "affected_on_new_torch":
            return "It repeats random numbers from PyTorch 1.9 on."
        case "mitigated":
            if others := _other_repeats(report):
                return f"NumPy's random numbers do not repeat, but those of another generator do: {others}."
            return "Its random numbers do not repeat."
        case "not_eligible":
            return _without_the_bug(report)
        case "unknown":
            return "We could not tell."


def _without_the_bug(report: Report) -> str:
    """What is said of a repository in which the bug cannot be, as far as it was read."""
    if others := _other_repeats(report):
        return f"NumPy's bug is not here, but the numbers of another generator repeat: {others}."
    left = not all(map(is_odd_answer, report.unread))
    if _nothing_read(report):
        return "Nothing in it could be read." if left else "There are no Python files in it."
    return "The bug is not in what could be read of it." if left else "The bug cannot be here."


def _nothing_read(report: Report) -> bool:
    return report.cost.files == 0


def _other_repeats(report: Report) -> str:
    """The code of kept generators that are not NumPy's, where some repeat as NumPy's would."""
    return (
        OTHER_KEPT
        if any(pair.code == OTHER_KEPT and BUGS & {pair.legacy, pair.modern} for pair in report.pairs)
        else ""
    )


def why_not(report: Report) -> str | None:
    """Why the bug cannot be there, or why it could not be told; None where the headline says it all."""
    reason = report.why_not_eligible
    if reason is None:
        return report.unknown_why
    if _nothing_read(report):
        return None
    if reason == "only_random_or_torch" and _other_repeats(report):
        return "Its workers draw from Python's random or from torch alone."
    return NOT_ELIGIBLE[reason]


def upgrade(report: Report) -> str | None:
    """What moving to PyTorch 1.9 or later would change, or None where there is nothing to say."""
    if report.eligible is not True:
        return None
    match (report.legacy, report.modern):
        case ("clean", "clean"):
            return None
        case (old, new) if old == new and old != "unknown":
            return "Upgrading PyTorch changes nothing: the outcome is the same on both sides of 1.9."
        case (_, "clean"):
            return "PyTorch 1.9 and later seed NumPy's global state in each worker, which repairs what is drawn here."
        case ("clean", "duplicate" | "epoch_repeat"):
            return "Upgrading makes it worse: this recipe worked below PyTorch 1.9 and repeats from 1.9 on."
        case ("duplicate", "epoch_repeat"):
            return "Upgrading helps in part: workers stop repeating each other, and epochs still repeat."
    return None


def lost_share(distinct_share: float | None) -> str | None:
    """How much of the randomness is lost, in words; `distinct_share` is the share of numbers that are different."""
    if distinct_share is None or distinct_share >= 1:
        return None
    return f"About {1 - distinct_share:.0%} of the numbers drawn in an epoch are repeats."


RUNG: Final[dict[str, str]] = {
    "R1": "The repository's own dataset was run as it is written",
    "R2": "The repository's own dataset was run, statements that fail without its data passed over",
    "R3": "The drawing function was run on its own, in this loader's workers",
    "R4": "Numbers were drawn bare from the flagged generator, in this loader's workers after its own reseeding",
}
"""What of the repository a verification ran."""

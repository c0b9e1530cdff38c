"""What is said of findings beside the verdict: a repository's own answers, disputes, and what came of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.answers import ANSWERS_FILE
from analysis.report import Answer
from api import words
from miner.store.disputes import MAINTAINER, Dispute


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence: who says what and why, where, and what came of it."""

    who: str
    what: str
    reason: str
    place: str
    note: str | None = None


def said_of(answers: Sequence[Answer], disputes: Sequence[Dispute]) -> Mapping[str, Sequence[Said]]:
    """By finding. A maintainer's dispute that is kept as a row is told once, with its state."""
    said: dict[str, list[Said]] = defaultdict(list)
    rows = {one.finding for one in disputes if one.raised_by == MAINTAINER}
    for answer in answers:
        if answer.says != "disputed" or answer.finding not in rows:
            said[answer.finding].append(
                Said("The repository says", words.ANSWER[answer.says], answer.reason, answer.place)
            )
    for one in disputes:
        own = one.raised_by == MAINTAINER
        who, place = ("The repository says", ANSWERS_FILE) if own else ("Somebody says", "through the service")
        said[one.finding].append(Said(who, words.DISPUTE.get(one.state, one.state), one.reason, place, one.note))
    return dict(said)

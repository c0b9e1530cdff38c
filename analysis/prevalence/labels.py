"""How often the analyzer was right on labels that were read off the code by hand. Data, with its date.

Counts are of repositories at one commit; an answer left open counts as a miss, since a figure counts it as no bug.
What the labels are matters as much as the numbers: they were chosen rich in hard cases, which makes the detector look
worse than it is on a repository drawn at random, and the detector was developed with them in sight, which makes it
look better. Neither can be taken out by calculation. So a corrected figure is always shown beside the uncorrected
one, and `Corrected.span` covers both.
"""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from analysis.prevalence.correction import Detector, Measured

Question = Literal["eligible", "legacy", "modern"]


@dataclass(frozen=True, slots=True)
class Measurement:
    """One round of labels: when, with which analyzer, on how many, and how it did on each question.

    `legacy` and `modern` are asked of those repositories alone that the analyzer calls eligible, since that is the
    denominator of a prevalence.
    """

    date: str
    analyzer: str
    labels: int
    repositories: int
    detectors: dict[Question, Detector]


def _read() -> list[Measurement]:
    text = files("analysis.prevalence").joinpath("labels.json").read_text("utf-8")
    return [
        Measurement(
            date=entry["date"],
            analyzer=entry["analyzer"],
            labels=entry["labels"],
            repositories=entry["repositories"],
            detectors={
                question: Detector(Measured(*counts["sensitivity"]), Measured(*counts["specificity"]))
                for question, counts in entry["questions"].items()
            },
        )
        for entry in json.loads(text)
    ]


MEASUREMENTS: list[Measurement] = _read()
"""Oldest first; the last is the one that figures are corrected with."""

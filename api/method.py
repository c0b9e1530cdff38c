"""What the method page says: the five questions, the truth table and its limits, as data."""

from dataclasses import dataclass
from typing import Final

from analysis.prevalence import Interval, Measurement, wilson
from analysis.report import Outcome


@dataclass(frozen=True, slots=True)
class Question:
    """One of the questions that decide a (dataset, loader) pair."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the truth table: what is drawn from, what reseeds it, what follows on either side of PyTorch 1.9."""

    generator: str
    reseed: str
    legacy: Outcome
    modern: Outcome
    note: str = ""


QUESTIONS: Final = (
    Question(
        "What draws the number?",
        "A NumPy generator: the module's global state under any alias, a `RandomState` or `Generator` object that is "
        "made once and kept, or one made afresh at each call. Python's random and torch's default generator are not "
        "the bug: every PyTorch reseeds them in each worker.",
    ),
    Question(
        "Does it run in a worker?",
        "Reached from `__getitem__`, an iterable dataset's `__iter__`, a transform or helper called from there, or "
        "`collate_fn`, through any number of calls, files and base classes. Samplers, `__init__` and the training loop "
        "run in the parent.",
    ),
    Question(
        "Are there workers?",
        "`num_workers` as the code sets it, or as an option, a config file or a parameter sets it by default. Where it "
        "is set outside the repository, it is judged as if there were workers, and says so.",
    ),
    Question(
        "What reseeds that generator in the worker?",
        "Nothing; a seed that differs by worker and by epoch; one that differs by worker only; or the same in all. "
        "Reseeding one generator does nothing for another, so a `worker_init_fn` alone is not a fix.",
    ),
    Question(
        "Which PyTorch does the repository ask for?",
        "From 1.9 on PyTorch seeds NumPy's global state in each worker. That repairs a global draw that nothing "
        "reseeds, and nothing else.",
    ),
)

TRUTH: Final = (
    Row("global", "none", "duplicate", "clean"),
    Row("global", "differs by worker and epoch", "clean", "clean"),
    Row("global", "by worker id alone", "epoch_repeat", "epoch_repeat"),
    Row(
        "global",
        "`get_state()[1][0] + worker_id`, parent's state not moved",
        "epoch_repeat",
        "epoch_repeat",
        "and the same in every run",
    ),
    Row("global", "the same, the parent reseeded or drawing between epochs", "clean", "epoch_repeat"),
    Row("global", "a constant, or the clock alone", "duplicate", "duplicate"),
    Row("global", "a seed drawn from the copied state", "duplicate", "clean"),
    Row("global", "only random or torch", "duplicate", "clean"),
    Row("made at each call with a constant seed", "any", "duplicate", "duplicate", "also with persistent workers"),
    Row("kept object", "none, or only the global state", "duplicate", "duplicate"),
    Row("kept object", "itself, by worker and epoch", "clean", "clean"),
    Row("kept object", "itself, by worker alone", "epoch_repeat", "epoch_repeat"),
    Row("kept object", "itself, with a constant", "duplicate", "duplicate"),
    Row(
        "global, from torch's seed",
        "the parent or the loader's generator set to a constant each epoch",
        "epoch_repeat",
        "epoch_repeat",
    ),
    Row("made at each call from entropy, or from the sample's index", "any", "clean", "clean"),
    Row("module-level `default_rng()`, workers started by spawn", "none", "clean", "clean"),
    Row("module-level `default_rng(0)`, workers started by spawn", "none", "duplicate", "duplicate"),
)

LIMITS: Final = (
    "Loaders that are not PyTorch's `DataLoader` or built on it, such as batchgenerators'.",
    "Draws inside installed libraries, but for imgaug and for functions that the repository's own transform calls.",
    "Code that is made while the program runs. Where such code decides, the outcome is unknown, with the reason.",
    "Constructor arguments that no caller in the repository sets, and classes that nobody builds, do not count.",
    "Whether the repeats hurt a model. That numbers repeat is a fact about code; what it costs depends on the task.",
    "Persistent workers on a loader that is built once turn an epoch repeat to clean, and never mend a duplicate.",
)


@dataclass(frozen=True, slots=True)
class Precision:
    """How right the analysis was on one question: of the `said` that it called so, and of the `true` that are so."""

    question: str
    precision: float
    precision_interval: Interval
    recall: float
    recall_interval: Interval
    said: int
    true: int


_ASKED: Final = {
    "eligible": "NumPy draws run in its workers",
    "legacy": "It repeats below PyTorch 1.9",
    "modern": "It repeats from PyTorch 1.9 on",
}


def measured(measurement: Measurement) -> list[Precision]:
    """Precision and recall on the labels that were read by hand."""
    found: list[Precision] = []
    for question, detector in measurement.detectors.items():
        hits, true = detector.sensitivity.right, detector.sensitivity.asked
        said = hits + detector.specificity.asked - detector.specificity.right
        if not said or not true:
            continue
        found.append(
            Precision(
                question=_ASKED.get(question, question),
                precision=hits / said,
                precision_interval=wilson(hits, said),
                recall=hits / true,
                recall_interval=wilson(hits, true),
                said=said,
                true=true,
            )
        )
    return found

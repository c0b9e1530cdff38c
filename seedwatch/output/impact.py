"""The experiment's outcome, as text for a person; the same text is what the documentation shows."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from markupsafe import Markup

from api.drawing import Strip, strips
from seedwatch.impact.results import Accuracies, Effect, effect, extremes, final, over_epochs, spread
from seedwatch.impact.training import ARMS, Arm, Setup
from seedwatch.output.ink import Ink
from seedwatch.output.table import table

NAMES: Final[dict[Arm, str]] = {
    "mended": "mended, shuffled",
    "bug": "bug, shuffled",
    "mended_in_order": "mended, in order",
    "bug_in_order": "bug, in order",
    "plain": "no augmentation",
    "pretrained": "mended, pretrained",
}
_SIZES: Final = (2, 3, 5, 10, 20, 50, 100)


def impact_text(accuracies: Accuracies, setup: Setup, *, ink: Ink) -> str:
    """Settings, a table of all arms, what the bug costs beside what the seed does, and the three questions."""
    return "\n".join(
        [
            _settings(setup),
            table(("accuracy in %", "mean", "deviation", "least", "greatest"), _arms(accuracies), ink=ink),
            table(
                ("difference in points", "mean", "95 % interval", "in deviations over seeds"),
                _effects(accuracies),
                ink=ink,
            ),
            *_verdicts(accuracies),
            "How results spread over seeds, and whether training longer narrows it (mended, shuffled):\n",
            table(("epoch", "mean", "deviation", "least", "greatest"), _epochs(accuracies, setup), ink=ink),
            "The best and the worst of N seeds, on average (mended, shuffled):\n",
            table(("N", "worst", "best", "apart"), _extremes(accuracies), ink=ink),
            _pretrained(accuracies),
        ]
    )


def impact_plot(accuracies: Accuracies) -> Markup:
    """Every run as a point."""
    rows = [Strip(NAMES[arm], final(accuracies, arm), not arm.startswith("bug")) for arm in ARMS]
    return strips("Accuracy of every run, by arm; the line is the mean", rows, " %")


def _settings(setup: Setup) -> str:
    parts = [f"{name.replace('_', ' ')} {value}" for name, value in asdict(setup).items()]
    return "Settings: " + ", ".join(parts) + "\n"


def _arms(accuracies: Accuracies) -> list[Sequence[str]]:
    return [(NAMES[arm], *(f"{value:.2f}" for value in spread(final(accuracies, arm)))) for arm in ARMS]


def _effect_of(accuracies: Accuracies, arm: Arm, beside: Arm) -> Effect:
    return effect(final(accuracies, arm), final(accuracies, beside))


def _effects(accuracies: Accuracies) -> list[Sequence[str]]:
    compared: tuple[tuple[str, Arm, Arm], ...] = (
        ("the bug, pictures shuffled", "bug", "mended"),
        ("the bug, pictures in order", "bug_in_order", "mended_in_order"),
        ("no augmentation at all", "plain", "mended"),
    )
    rows: list[Sequence[str]] = []
    for label, arm, beside in compared:
        found = _effect_of(accuracies, arm, beside)
        deviations = "-" if found.in_deviations is None else f"{found.in_deviations:+.1f}"
        rows.append((label, f"{found.mean:+.2f}", f"{found.low:+.2f} to {found.high:+.2f}", deviations))
    return rows


def _verdicts(accuracies: Accuracies) -> list[str]:
    shuffled = _effect_of(accuracies, "bug", "mended")
    ordered = _effect_of(accuracies, "bug_in_order", "mended_in_order")
    return [f"{_verdict('Shuffled', shuffled)}{_verdict('In order', ordered)}"]


def _verdict(which: str, found: Effect) -> str:
    if not found.is_clear:
        return f"{which}: no difference can be told from chance with so many seeds.\n"
    way = "costs" if found.mean < 0 else "gains"
    more, less = "more than seeds differ by", "less than seeds differ by, so that one pair of runs hides it"
    size = more if found.exceeds_noise else less
    return f"{which}: the bug {way} {abs(found.mean):.2f} points, {size}.\n"


def _epochs(accuracies: Accuracies, setup: Setup) -> list[Sequence[str]]:
    spreads = over_epochs(accuracies, "mended")
    return [(str(epoch), *(f"{value:.2f}" for value in each)) for epoch, each in zip(setup.looks, spreads, strict=True)]


def _extremes(accuracies: Accuracies) -> list[Sequence[str]]:
    values = final(accuracies, "mended")
    sizes = [size for size in _SIZES if size < len(values)] + [len(values)]
    return [
        (str(found.seeds), f"{found.worst:.2f}", f"{found.best:.2f}", f"{found.best - found.worst:.2f}")
        for found in extremes(values, sizes)
    ]


def _pretrained(accuracies: Accuracies) -> str:
    fresh, pretrained = (spread(final(accuracies, arm)) for arm in ("mended", "pretrained"))
    narrower = "narrows" if pretrained.deviation < fresh.deviation else "does not narrow"
    return (
        f"Starting from weights of another task {narrower} the spread over seeds: a deviation of "
        f"{pretrained.deviation:.2f} points in place of {fresh.deviation:.2f}.\n"
    )

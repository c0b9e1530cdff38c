"""`python -m analysis.fix.pages`: the page of each form of the bug under docs/codes, from the examples."""

import sys

from analysis.checks.base import Example
from analysis.checks.docs import FOLDER, Page, write
from analysis.fix.examples import Form, forms
from analysis.wording import CODES


def page_of(form: Form) -> Page:
    """The page of a form of the bug."""
    counted = "Listed beside the verdict, and not counted in it." if form.code == "WS201" else "Part of the verdict."
    return Page(
        code=form.code,
        name=form.name,
        title=CODES[form.code],
        summary=counted,
        sections=(
            ("What goes wrong", form.why),
            ("What to do", f"{form.fix} `seedwatch fix` makes the change that is shown below."),
            (
                "Accepting it",
                f"`# seedwatch: ignore[{form.code}] the reason` on a line that the finding names; it takes a reason.",
            ),
        ),
        flagged=(Example("The line of the draw is marked", {"train.py": form.bad}),),
        passed=(Example("The same with its patch", {"train.py": form.good}),),
    )


def page_of_clean() -> Page:
    """The page of `WS001`, which is no fault: what a report says of a loader whose numbers differ."""
    first = next(form for form in forms() if form.code == "WS101")
    return Page(
        code="WS001",
        name="numbers-differ",
        title=CODES["WS001"],
        summary="No fault: `check` neither shows nor counts it, a report lists it among its pairs.",
        sections=(
            (
                "What it says",
                (
                    "NumPy draws in a worker here, and each worker and each epoch gets numbers of its own: the "
                    "generator is seeded from torch's seed of the worker, from new entropy or from a count that goes "
                    "on, or it is made anew for each sample. Such loaders are in the denominator of every share of "
                    "repositories."
                ),
            ),
            ("What to do", "Nothing. A reseed that repeats numbers has a code of its own."),
        ),
        flagged=(Example("Seeded in each worker", {"train.py": first.good.replace("# WS101", "# WS001")}),),
        passed=(Example("Not seeded there: this is WS101", {"train.py": first.bad}),),
    )


def pages() -> list[Page]:
    """All pages of codes of the verdict."""
    return [page_of_clean(), *map(page_of, forms())]


if __name__ == "__main__":
    for path in write(FOLDER, pages()):
        sys.stdout.write(f"{path}\n")

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


def page_of_unread() -> Page:
    """The page of `WS000`: what a report says of a loader whose `worker_init_fn` is nobody's here."""
    first = next(form for form in forms() if form.code == "WS101")
    imports = "import torch\n"
    given = first.bad.replace(imports, f"{imports}from laboratory.training import seed_worker\n")
    given = given.replace("num_workers=4", "num_workers=4, worker_init_fn=seed_worker").replace("# WS101", "# WS000")
    return Page(
        code="WS000",
        name="reseeding-unread",
        title=CODES["WS000"],
        summary="No answer: `check` shows it and does not count it as a bug.",
        sections=(
            (
                "What it says",
                (
                    "NumPy draws in a worker, and the loader has a `worker_init_fn` that is not in the repository: "
                    "the function of a package that is not known here, or a value that a program computes. It may seed "
                    "NumPy well, badly or not at all."
                ),
            ),
            (
                "What to do",
                (
                    "Look it up: it is well where it seeds NumPy from `torch.initial_seed()`, or from the "
                    "numbers of the worker and of the epoch. From torch 1.9 on, one that leaves NumPy alone is well "
                    "too."
                ),
            ),
        ),
        flagged=(Example("A function of another package", {"train.py": given}),),
        passed=(Example("One that can be read", {"train.py": first.good}),),
    )


def pages() -> list[Page]:
    """All pages of codes of the verdict."""
    return [page_of_unread(), page_of_clean(), *map(page_of, forms())]


if __name__ == "__main__":
    for path in write(FOLDER, pages()):
        sys.stdout.write(f"{path}\n")

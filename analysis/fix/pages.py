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


if __name__ == "__main__":
    for path in write(FOLDER, [page_of(form) for form in forms()]):
        sys.stdout.write(f"{path}\n")

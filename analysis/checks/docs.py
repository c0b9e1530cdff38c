"""`python -m analysis.checks.docs`: the page of each code under docs/codes, from the examples beside the checks."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

from analysis.checks.base import Check, Example
from analysis.checks.registry import all_checks

FOLDER = Path("docs/codes")


class Page(NamedTuple):
    """What a code's page says. `sections` are titles with paragraphs; examples are small repositories.

    A line of an example at which something is found ends in `# CODE`.
    """

    code: str
    name: str
    title: str
    summary: str
    sections: Sequence[tuple[str, str]]
    flagged: Sequence[Example]
    passed: Sequence[Example]

    def text(self) -> str:
        """The page as Markdown, ending in a newline."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"# {self.code}: {self.title}\n"
        yield f"`{self.name}`. {self.summary}\n"
        for title, text in self.sections:
            yield f"## {title}\n"
            yield f"{text}\n"
        if self.flagged:
            yield "## Found here\n"
            yield from _examples(self.flagged)
        if self.passed:
            yield "## Not found here\n"
            yield from _examples(self.passed)


def _examples(examples: Sequence[Example]) -> Iterator[str]:
    for example in examples:
        yield f"{example.title}:\n"
        several = len(example.files) > 1
        for path, source in example.files.items():
            if several:
                yield f"`{path}`\n"
            yield f"```{'python' if path.endswith('.py') else 'text'}"
            yield dedent(source).strip("\n")
            yield "```\n"


def page_of(check: Check) -> Page:
    """The page of a companion check."""
    return Page(
        code=check.code,
        name=check.name,
        title=check.title,
        summary="A companion check: reported beside the verdict, and never part of it.",
        sections=(
            ("What goes wrong", check.why),
            ("When it fires", check.conditions),
            ("What to do", check.fix),
            ("Switching it off", f'`ignore = ["{check.code}"]` under `[tool.seedwatch]` in `pyproject.toml`.'),
        ),
        flagged=check.flagged,
        passed=check.passed,
    )


def write(folder: Path, pages: Sequence[Page]) -> list[Path]:
    """Writes the pages that are not as they should be, and gives their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for page in pages:
        path = folder / f"{page.code}.md"
        if not path.is_file() or path.read_text("utf-8") != page.text():
            path.write_text(page.text(), "utf-8")
            changed.append(path)
    return changed


if __name__ == "__main__":
    for path in write(FOLDER, [page_of(check) for check in all_checks()]):
        sys.stdout.write(f"{path}\n")

"""What a companion check is: a question with a code, its examples, and the findings it gives."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from analysis.report import CheckFinding

if TYPE_CHECKING:
    from analysis.checks.setting import Setting


class Example(msgspec.Struct, frozen=True):
    """A small repository. Lines that end in `# RPxxx` are those at which that check fires; no others may."""

    title: str
    files: Mapping[str, str]


Run: TypeAlias = "Callable[[Setting], Iterator[Found]]"


class Found(msgspec.Struct, frozen=True):
    """One finding before it has its code. `place` and `related` are `path:line`; `program` the script that runs it.

    `what` names what was found without line numbers: the finding keeps its identity while lines move.
    """

    place: str
    what: str
    message: str
    fix: str
    program: str | None = None
    related: Sequence[str] = ()


class Check(msgspec.Struct, frozen=True):
    """A companion check. `run` gives what it finds in a repository; the texts and examples make its page.

    `why` says what goes wrong, `conditions` what has to hold before it fires. `needles`: names of which at least one
    stands in every repository where it can fire.
    """

    code: str
    name: str
    title: str
    why: str
    conditions: str
    fix: str
    needles: frozenset[str]
    run: Run
    flagged: Sequence[Example] = ()
    passed: Sequence[Example] = ()

    def findings(self, setting: "Setting") -> Iterator[CheckFinding]:
        """What the check finds, each place once, in the order of the places."""
        if not any(setting.project.mentioning(needle) for needle in self.needles):
            return
        first: dict[str, Found] = {}
        for found in self.run(setting):
            first.setdefault(found.place, found)
        counted: dict[str, int] = {}
        for found in sorted(first.values(), key=_in_order):
            path, _, line = found.place.rpartition(":")
            name = f"{self.code}\0{path}\0{found.what}"
            number = counted[name] = counted.get(name, 0) + 1
            yield CheckFinding(
                id=hashlib.sha256(f"{name}\0{number}".encode("utf-8", "surrogatepass")).hexdigest()[:16],
                code=self.code,
                path=path,
                line=int(line),
                message=found.message,
                fix=found.fix,
                program=found.program,
                related=list(found.related),
            )


def _in_order(found: Found) -> tuple[str, int]:
    path, _, line = found.place.rpartition(":")
    return path, int(line)

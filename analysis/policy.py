"""What a project wants to be told: `[tool.seedwatch]` of its pyproject.toml, and the findings that follow from it.

[tool.seedwatch]
paths = ["src/**"]           # only what is built or drawn there; all of it without
exclude = ["tests/**"]
ignore = ["RP104"]           # companion checks that are not run, or beginnings of their codes
torch = ">=1.9"              # the versions that count, whatever the requirements admit
baseline = ".seedwatch-baseline.json"

[tool.seedwatch.severity]    # of a bug on a side of torch 1.9: error, warning, note or off
"<1.9" = "warning"
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from glob import escape
from typing import Literal, get_args

import msgspec
from msgspec.structs import replace

from analysis.checks.registry import titles
from analysis.places import Place, places_of, places_of_check, way_of
from analysis.report import BUGS, Pair, Report, TorchRange
from analysis.tomltext import read_toml

Severity = Literal["error", "warning", "note", "off"]
_Side = Literal["<1.9", ">=1.9"]
_CHOICES = {"torch": get_args(TorchRange), "severity": get_args(Severity)}
_BAD_CHOICE = re.compile(r"Invalid enum value (.*)")
_TYPE = re.compile(r"`([^`]*)`")
_TYPES = {"array": "a list", "object": "a table", "str": "a text", "str | null": "a text", "int": "a number"}
_UNKNOWN_KEY = re.compile(r"unknown field `([^`]*)`")
_WORST: tuple[Severity, ...] = ("off", "note", "warning", "error")


class PolicyError(ValueError):
    """The configuration is wrong; the message names the key."""


class NotTomlError(PolicyError):
    """The file is no TOML; the message names the line."""


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The configuration. Keys are as in the table; what is left out has the value that `check` has without it."""

    paths: list[str] = []
    exclude: list[str] = []
    select: list[str] = msgspec.field(default_factory=lambda: ["RP"])
    ignore: list[str] = []
    torch: TorchRange | None = None
    severity: dict[_Side, Severity] = {}
    baseline: str | None = None

    def in_folder(self, folder: str) -> "Policy":
        """The same with its paths counted from the root, where its file stands in a folder: `part/`, or nothing."""
        if not folder:
            return self
        inside = escape(folder)
        return replace(
            self,
            paths=[inside + pattern for pattern in self.paths],
            exclude=[inside + pattern for pattern in self.exclude],
            baseline=None if self.baseline is None else folder + self.baseline,
        )


def read_policy(data: bytes | None) -> Policy | None:
    """The policy in the bytes of a pyproject.toml; None where it says nothing.

    Raises:
        PolicyError: where the table is wrong.
        NotTomlError: where there may be one, but nothing in the file can be read.
    """
    if data is None:
        return None
    try:
        table = read_toml(data.decode("utf-8")).get("tool", {}).get("seedwatch")
    except ValueError as error:
        raise NotTomlError(f"is no TOML: {error}") from error
    except AttributeError:
        return None
    if table is None:
        return None
    try:
        policy = msgspec.convert(table, Policy)
    except msgspec.ValidationError as error:
        raise PolicyError(f"[tool.seedwatch] {_said(str(error))}") from error
    for key, codes in (("select", policy.select), ("ignore", policy.ignore)):
        _require_checks(key, codes)
    return policy


def _require_checks(key: str, codes: Sequence[str]) -> None:
    """Raises PolicyError for a code that no companion check begins with."""
    known = titles()
    for code in codes:
        if not any(own.startswith(code) for own in known):
            raise PolicyError(
                f"[tool.seedwatch] {key}: {code!r} is no companion check; {', '.join(known)} are, and beginnings of "
                "them; a form of the bug is ignored beside its code, with a reason: # seedwatch: ignore[WS101] REASON"
            )


def require_matches(policy: Policy, paths: Iterable[str]) -> None:
    """Looks for the files that `paths` speaks of among those that there are.

    Raises:
        PolicyError: for a pattern that matches none of them.
    """
    known = list(paths) if policy.paths else []
    for pattern in policy.paths:
        if not any(_matches(path, [pattern]) for path in known):
            raise PolicyError(f"[tool.seedwatch] paths: {pattern!r} matches no file")


def _said(fault: str) -> str:
    """The key, and what is wrong with it, of msgspec's message."""
    if unknown := _UNKNOWN_KEY.search(fault):
        return f"{unknown[1]}: there is no such key; there are {', '.join(Policy.__struct_fields__)}"
    what, _, where = fault.partition(" - at ")
    inside = where.replace("`", "").replace("$", "")
    of_keys = inside.startswith("key in ")
    place = inside.removeprefix("key in ").lstrip(".")
    if value := _BAD_CHOICE.match(what):
        choices = get_args(_Side) if of_keys else _CHOICES[place.partition("[")[0]]
        what = f"{value[1]} is not one of {', '.join(choices)}"
    else:
        what = _TYPE.sub(lambda name: _TYPES.get(name[1], name[1]), what)
    return f"{place or 'the table'}: {what}"


class Finding(msgspec.Struct, frozen=True):
    """One thing to be told: where to look first, how grave, and what the repository says of it, if anything.

    `places` are all that it names.
    """

    id: str
    code: str
    severity: Severity
    place: Place
    message: str
    places: tuple[Place, ...]
    accepted: str | None = None
    api: str = ""

    @property
    def fails(self) -> bool:
        """Whether `check` is to fail for it."""
        return self.accepted is None and self.severity in ("error", "warning")


def findings(report: Report, policy: Policy) -> list[Finding]:
    """The findings of a report that a policy lets through, in the order of the report."""
    answered = {answer.finding: f"{answer.says}: {answer.reason}" for answer in report.answers}
    return [*_of_pairs(report, policy, answered), *_of_checks(report, policy, answered)]


def _of_pairs(report: Report, policy: Policy, answered: dict[str, str]) -> Iterator[Finding]:
    asked = policy.torch or report.torch.range
    for pair in report.pairs:
        severity = _severity(pair, asked, policy)
        places = (*places_of(pair), *way_of(pair))
        if severity == "off" or not _within(pair.loader, pair.draws[0].path if pair.draws else "", policy):
            continue
        parts = (pair.why, f"Not counted: {pair.counts_why}." if pair.counts_why else "", pair.fix or "")
        yield Finding(
            id=pair.id,
            code=pair.code,
            severity=severity,
            place=places[0],
            message=" ".join(part for part in parts if part),
            places=places,
            accepted=answered.get(pair.id),
            api=pair.draws[0].api if pair.draws else "",
        )


def _severity(pair: Pair, asked: TorchRange, policy: Policy) -> Severity:
    """The worst of the sides with a bug. One that is not asked for, or a pair that does not count, is a note."""
    worst: Severity = "off"
    for side, outcome in (("<1.9", pair.legacy), (">=1.9", pair.modern)):
        if outcome not in BUGS:
            continue
        counts = pair.counts and asked in (side, "open")
        here: Severity = policy.severity.get(side, "error") if counts else "note"  # type: ignore[call-overload]
        worst = max(worst, here, key=_WORST.index)
    return worst


def _of_checks(report: Report, policy: Policy, answered: dict[str, str]) -> Iterator[Finding]:
    for check in report.checks:
        if _within(check.path, check.path, policy):
            yield Finding(
                id=check.id,
                code=check.code,
                severity="warning",
                place=Place(check.path, check.line),
                message=" ".join(part for part in (check.message, check.fix or "") if part),
                places=tuple(places_of_check(check)),
                accepted=answered.get(check.id),
            )


def _within(loader: str, draw: str, policy: Policy) -> bool:
    paths = {loader.rpartition(":")[0] or loader, draw}
    if any(_matches(path, policy.exclude) for path in paths):
        return False
    return not policy.paths or any(_matches(path, policy.paths) for path in paths)


def _matches(path: str, patterns: Sequence[str]) -> bool:
    """Whether a path is one of the patterns, or stands below one."""
    return any(fnmatchcase(path, pattern) or fnmatchcase(path, f"{pattern.rstrip('/')}/*") for pattern in patterns)

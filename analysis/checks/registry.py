"""All companion checks: every module of this package that has a `CHECK`."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

import analysis.checks
from analysis.checks.base import Check
from analysis.checks.setting import Setting
from analysis.report import CheckFinding


@cache
def all_checks() -> tuple[Check, ...]:
    """The checks in the order of their codes."""
    files = Path(analysis.checks.__path__[0]).glob("*.py")
    modules = (import_module(f"analysis.checks.{file.stem}") for file in files if file.stem.isidentifier())
    return tuple(sorted((m.CHECK for m in modules if hasattr(m, "CHECK")), key=lambda check: check.code))


@cache
def titles() -> dict[str, str]:
    """What each check is about, by its code."""
    return {check.code: check.title for check in all_checks()}


def is_selected(code: str, select: Sequence[str], ignore: Sequence[str]) -> bool:
    """Whether a code is asked for. Entries are codes or their beginnings (`RP`, `RP10`); the longer one decides."""
    chosen = max((len(prefix) for prefix in select if code.startswith(prefix)), default=-1)
    refused = max((len(prefix) for prefix in ignore if code.startswith(prefix)), default=-1)
    return chosen > refused


def run_checks(setting: Setting, select: Sequence[str], ignore: Sequence[str]) -> list[CheckFinding]:
    """The findings of the selected checks, by path and line."""
    found: list[CheckFinding] = []
    for check in all_checks():
        if is_selected(check.code, select, ignore):
            setting.ev.refresh()
            found.extend(check.findings(setting))
    return sorted(found, key=lambda finding: (finding.path, finding.line, finding.code))

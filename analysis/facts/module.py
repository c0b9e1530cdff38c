"""One file's facts: a pure function of its bytes and the facts' version."""

import msgspec

from analysis.facts import ir
from analysis.facts.lower import lower_module
from analysis.facts.source import UnreadableError, parse_source

FACTS_VERSION = 13
"""Raised whenever the same bytes would give different facts."""


class ModuleFacts(msgspec.Struct, array_like=True, eq=False):
    """What is known of one file. `problem` says what `body` lacks, or why it is empty; `how` which step of the
    recovery read it."""

    body: ir.Block
    how: str
    problem: str | None = None
    cells: list[tuple[int, int]] | None = None


def read_facts(data: bytes, *, notebook: bool = False) -> ModuleFacts:
    """The facts of a file's bytes. Never raises: what cannot be read has a `problem`."""
    try:
        source = parse_source(data, notebook=notebook)
        body = lower_module(source.tree, whole=source.how != "mended")
        return ModuleFacts(body, source.how, source.left_out, source.cells)
    except UnreadableError as reason:
        return ModuleFacts(ir.Block((), 0, 0), "unread", problem=str(reason))
    except RecursionError:
        return ModuleFacts(ir.Block((), 0, 0), "unread", problem="nested too deeply")

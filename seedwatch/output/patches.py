"""Patches as text for a person: what each mends, why, and the change."""

import textwrap
from collections.abc import Sequence

from analysis.fix.patch import Patch
from analysis.report import Pair
from analysis.wording import CODES
from api.visible import visible
from seedwatch.output.ink import Ink

_INDENT = "  "


def patches_text(patches: Sequence[Patch], left: Sequence[Pair], proofs: Sequence[str], *, ink: Ink, width: int) -> str:
    """Each patch with its explanation, then the findings for which there is none.

    `proofs` has what running each patch gave, and is empty where none was run.
    """
    if not patches and not left:
        return "Nothing to mend: no pair that counts repeats random numbers.\n"
    said = proofs or [""] * len(patches)
    parts = [
        _patch(number, patch, proof, ink, width)
        for number, (patch, proof) in enumerate(zip(patches, said, strict=True), 1)
    ]
    if left:
        lines = [f"  {pair.code}  {visible(pair.dataset)}  {visible(pair.loader)}\n" for pair in left]
        parts.append("No patch is known to mend:\n\n" + "".join(lines))
    return "\n".join(parts)


def _patch(number: int, patch: Patch, proof: str, ink: Ink, width: int) -> str:
    kind = "safe" if patch.safe else "to be read first"
    kind += f", {proof}" if proof else ""
    title = ink.strong(f"{number}  {patch.code}  {CODES[patch.code]}")
    ids = ", ".join(patch.pairs)
    told = textwrap.fill(visible(patch.explanation), width, initial_indent=_INDENT, subsequent_indent=_INDENT)
    return f"{title}\n\n{told}\n\n{_INDENT}{kind}; mends {ids}\n\n{_coloured(patch.diff, ink)}"


def _coloured(diff: str, ink: Ink) -> str:
    return "".join(_line(line, ink) + "\n" for line in diff.removesuffix("\n").split("\n"))


def _line(line: str, ink: Ink) -> str:
    shown = visible(line)
    if line.startswith("+"):
        return ink.outcome(shown, "clean")
    return ink.outcome(shown, "duplicate") if line.startswith("-") else shown

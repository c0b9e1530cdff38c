"""`seedwatch fix`: the patches for what `check` finds."""

import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from analysis.fix.change import Change, has_bug
from analysis.fix.fixes import applied, remembering
from analysis.fix.overlay import OverlayTree, contents
from analysis.fix.patch import for_git
from analysis.report import Report
from analysis.tree import DirectoryTree, Tree
from miner.errors import BadInput
from miner.verify.device import find
from miner.verify.proof import proof_of
from miner.verify.sandbox import Sandbox
from seedwatch.output.ink import ink_for_output
from seedwatch.output.patches import patches_text
from seedwatch.statuses import BUG_FOUND, OK
from seedwatch.trees import asked
from seedwatch.writing import write

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_WIDEST = 110


@app.command()
def fix(
    path: Annotated[
        str, typer.Argument(help="A work tree, a bare repository, a folder, a file or a notebook.", metavar="PATH")
    ],
    rev: Annotated[str | None, typer.Option(help="Read this commit, tag or branch, not the files as they lie.")] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Print one patch for `git apply`, and nothing else.")] = False,
    to_write: Annotated[bool, typer.Option("--write", help="Change the files of the work tree.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Run each patched loader in the sandbox, before and after.")
    ] = False,
    gpu: Annotated[
        bool, typer.Option("--gpu", help="With --verify: give the machine's NVIDIA GPU to the sandbox.")
    ] = False,
    pair: Annotated[
        list[str] | None,
        typer.Option("--pair", help="Mend only the pair with this id; may be given again.", metavar="ID"),
    ] = None,
) -> int:
    """Show, or write, the patches that mend what `check` finds.

    Of a path in a git work tree, what involves it is mended, wherever in the work tree that is. Each patch keeps
    formatting, and is shown only where the analysis calls the patched loader clean. Those that are not marked safe are
    to be read first: they change what a run without workers does. With --verify a patch with which repeats were seen is
    not shown, and others say whether they are proven.

    Exits with 0 where every finding has its patch, 1 where some have none, 2 where files could not be read or written.
    """
    if diff and to_write:
        raise BadInput("--diff prints the patch and --write applies it: give one of them")
    if gpu and not verify:
        raise BadInput("--gpu goes with --verify")
    tree, part = asked([path], rev)
    if to_write and not isinstance(tree, DirectoryTree):
        raise BadInput("--write needs files as they lie in a work tree, not a commit; --diff prints the patch")
    judge = remembering()
    report = judge(tree)
    known = {found.id for found in report.pairs if part.has_pair(found)}
    for unknown in sorted(set(pair or ()) - known):
        raise BadInput(f"no pair has the id {unknown!r}; `seedwatch check {path} --format json` lists them")
    in_part = [found.id for found in report.pairs if found.counts and part.has_pair(found)]
    wanted = pair or (None if part.is_whole else in_part)
    proofs: list[str] = []
    with ExitStack() as stack:
        # One for all patches: torch is imported once.
        sandbox = stack.enter_context(Sandbox(find() if gpu else None)) if verify else None

        def proven(around: Tree, before: Report, change: Change) -> bool:
            says = proof_of(around, before, change, judge, sandbox=sandbox).says
            if says != "does not mend":
                proofs.append(says)
            return says != "does not mend"

        patches, files = applied(tree, pairs=wanted, judge=judge, accept=proven if verify else None)
    before = contents(tree, files)
    after = judge(OverlayTree(tree, files)) if files else report
    left = [
        found
        for found in after.pairs
        if has_bug(found) and (found.id in pair if pair else found.counts and part.has_pair(found))
    ]
    if diff:
        sys.stdout.write(for_git(before, files))
        return BUG_FOUND if left else OK
    if to_write and files:
        write(tree.root if isinstance(tree, DirectoryTree) else Path(path), files, before)
    width = min(shutil.get_terminal_size((100, 24)).columns, _WIDEST)
    sys.stdout.write(patches_text(patches, left, proofs, ink=ink_for_output(), width=width))
    if to_write and files:
        sys.stdout.write(f"\nWritten: {', '.join(sorted(files))}\n")
    return BUG_FOUND if left else OK

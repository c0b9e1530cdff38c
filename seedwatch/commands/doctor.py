"""`seedwatch doctor`: what this machine can do, tried out."""

import sys
from dataclasses import replace
from typing import Annotated

import typer

from miner.verify.examination import examine, examine_gpu
from seedwatch.output.ink import ink_for_output
from seedwatch.statuses import COULD_NOT, OK

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def doctor(
    gpu: Annotated[bool, typer.Option("--gpu", help="Also what its GPU can do for verification.")] = False,
) -> int:
    """Tell whether this machine can run strangers' code safely, by trying to break out.

    What a hostile dataset would try is tried inside the sandbox: network, files, the environment of other processes,
    writing outside, new namespaces, becoming root, filling memory, disk and the table of processes.

    Exits with 0 when all that is needed held, with 2 when something did not (FAILS): verification refuses to run where
    it cannot be shut in, and with --gpu where no GPU can be used. It runs without what it only lacks.
    """
    findings = [*examine(), *(replace(finding, needed=True) for finding in (examine_gpu() if gpu else ()))]
    ink = ink_for_output()
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        missing = ink.outcome("FAILS", "duplicate") if finding.needed else ink.outcome("lacks", "unknown")
        mark = ink.outcome("holds", "clean") if finding.held else missing
        sys.stdout.write(f"{mark}  {finding.what:<{width}}  {finding.said}\n")
    return OK if all(finding.held or not finding.needed for finding in findings) else COULD_NOT

"""`seedwatch doctor`: what this machine can do, tried out."""

import sys
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

    Exits with 0 when everything held, with 2 when something did not: verification refuses to run where it cannot be
    shut in.
    """
    findings = [*examine(), *(examine_gpu() if gpu else ())]
    ink = ink_for_output()
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        mark = ink.outcome("holds", "clean") if finding.held else ink.outcome("FAILS", "duplicate")
        sys.stdout.write(f"{mark}  {finding.what:<{width}}  {finding.said}\n")
    return OK if all(finding.held or not finding.needed for finding in findings) else COULD_NOT

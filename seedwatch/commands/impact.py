"""`seedwatch impact`: what the bug does to a small training."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn, TimeRemainingColumn

from miner.errors import BadInput
from seedwatch.output.ink import ink_for_output
from seedwatch.statuses import OK

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def impact(
    seeds: Annotated[int, typer.Option(min=3, help="How many seeds each arm is trained with.", metavar="NUMBER")] = 20,
    epochs: Annotated[int, typer.Option(min=4, help="Epochs of each training.", metavar="NUMBER")] = 40,
    workers: Annotated[int, typer.Option(min=1, help="Workers of the loader.", metavar="NUMBER")] = 4,
    processes: Annotated[
        bool, typer.Option("--processes", help="Start real worker processes in each epoch: the same numbers, slower.")
    ] = False,
    device: Annotated[str | None, typer.Option(help="Where to train; by default a GPU where there is one.")] = None,
    out: Annotated[Path | None, typer.Option(help="Also write impact.svg and impact.json into this folder.")] = None,
) -> int:
    """Train the same small network with the bug and without, over many seeds, and say what the bug costs.

    Needs PyTorch (`pip install 'seedwatch[verify]'`). Data, weights and seeds are fixed, so that the same settings on
    the same machine give the same numbers.
    """
    if find_spec("torch") is None:
        raise BadInput("this needs PyTorch: pip install 'seedwatch[verify]'")
    from seedwatch.impact import training
    from seedwatch.output.impact import impact_plot, impact_text

    training.prepare()
    setup = training.Setup(
        seeds=seeds, epochs=epochs, workers=workers, processes=processes, device=device or training.best_device()
    )
    accuracies: dict[str, list[list[float]]] = {arm: [] for arm in training.ARMS}
    with _progress(seeds * len(training.ARMS)) as done:
        for seed in range(setup.first_seed, setup.first_seed + seeds):
            for arm in training.ARMS:
                accuracies[arm].append(training.train(arm, seed, setup))
                done()
    sys.stdout.write(impact_text(accuracies, setup, ink=ink_for_output()))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "impact.svg").write_text(str(impact_plot(accuracies)), "utf-8")
        result = {"setup": asdict(setup), "looks": setup.looks, "accuracies": accuracies}
        (out / "impact.json").write_text(json.dumps(result) + "\n", "utf-8")
    return OK


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    if not sys.stderr.isatty():
        yield lambda: None
        return
    columns = (BarColumn(bar_width=40), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)

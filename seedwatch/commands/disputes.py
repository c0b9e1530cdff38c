"""`seedwatch disputes`: what is said against findings, and what comes of it."""

import sys
from typing import Annotated

import typer

from miner.store import LOCAL
from miner.store.disputes import Dispute, Settlement
from seedwatch.opened import opened_store
from seedwatch.output.ink import ink_for_output
from seedwatch.output.table import table

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_MOST_LISTED = 1_000


@app.callback(invoke_without_command=True)
def disputes(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are settled or taken back.")] = False,
) -> None:
    """List what is said against findings, and settle it.

    Maintainers dispute in their `.seedwatch.toml`, others over the API. Nothing of it changes a verdict. Without a
    subcommand, lists those that are to be looked at.
    """
    if context.invoked_subcommand is None:
        with opened_store() as store:
            found = store.disputes.listed(None if everything else "open", limit=_MOST_LISTED)
        nothing = "No disputes.\n" if everything else "No dispute is open; `--all` lists those that were.\n"
        sys.stdout.write(_listing(found) if found else nothing)


@app.command()
def settle(
    dispute: Annotated[int, typer.Argument(help="The dispute's number.", metavar="DISPUTE", min=1, max=2**63 - 1)],
    outcome: Annotated[Settlement, typer.Argument(help="`upheld`: the finding is wrong; `rejected`: it stands.")],
    note: Annotated[str | None, typer.Option(help="Why; shown beside the finding.")] = None,
) -> None:
    """Say what came of a dispute."""
    with opened_store() as store:
        settled = store.disputes.settle(dispute, outcome, note, "cli")
    sys.stdout.write(f"Dispute {settled.id} of {_name(settled)} is {settled.state}.\n")


def _listing(found: list[Dispute]) -> str:
    rows = [
        (
            str(one.id),
            one.state,
            f"{one.raised_at:%Y-%m-%d}",
            _name(one),
            one.code,
            one.finding,
            one.raised_by,
            one.reason if one.note is None else f"{one.reason} ({one.note})",
        )
        for one in found
    ]
    return table(
        ("dispute", "state", "since", "repository", "code", "finding", "by", "what"), rows, ink=ink_for_output()
    )


def _name(dispute: Dispute) -> str:
    return dispute.name if dispute.host == LOCAL else f"{dispute.owner}/{dispute.name}"

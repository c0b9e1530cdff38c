"""`seedwatch advisory`: the text of an issue, for a person to post or not."""

import sys
from typing import Annotated

import typer

from analysis.report import Report
from api.permalink import website_of
from api.targets import UnknownAddressError, named
from miner.errors import BadInput
from miner.settings import load_settings
from miner.store import Store, upgrade
from seedwatch.output.advisory import advisory as advisory_text
from seedwatch.statuses import OK

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def advisory(
    repository: Annotated[str, typer.Argument(help="OWNER/NAME of a repository that was scanned.")],
) -> int:
    """Write the text of a polite issue about a repository's findings, with evidence and patch.

    It is printed and never posted: read it, check it, and send it yourself.

    Exits with 0, with 2 where the repository was not scanned, or nothing was found in it.
    """
    try:
        host, owner, name = named(repository)
    except UnknownAddressError as error:
        raise BadInput(str(error)) from error
    settings = load_settings()
    upgrade(settings.database_url)
    with Store(settings.database_url) as store:
        known = store.get_repository(host, owner, name)
        scan = store.get_scan(known.id) if known is not None else None
        text = store.get_report(scan.id) if scan is not None else None
        if known is None or scan is None or text is None:
            raise BadInput(f"{owner}/{name} was not scanned; `seedwatch scan {owner}/{name}` does it")
        report = Report.model_validate_json(text)
        if not report.has_bug:
            raise BadInput(f"nothing was found in {owner}/{name} that an issue would be about")
        patches = store.proofs.patches_of(scan.id)
        verified = {one.said.pair: one.said for one in store.verifications.of_scan(scan.id).values()}
        website = website_of(settings)
        sys.stdout.write(advisory_text(known, report, store.list_excerpts(scan.id), patches, verified, website))
    return OK

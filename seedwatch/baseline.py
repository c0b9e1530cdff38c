"""The findings that a project has seen already, in a file: only others make `check` fail."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from analysis.policy import Finding
from miner.errors import BadInput

SCHEMA = "seedwatch.baseline/1"
DEFAULT = ".seedwatch-baseline.json"


def write_baseline(path: Path, findings: Sequence[Finding]) -> int:
    """Writes the findings that would fail, and gives their number."""
    failing = [finding for finding in findings if finding.fails]
    counts = Counter(finding.id for finding in failing)
    about = {finding.id: {"code": finding.code, "path": finding.place.file} for finding in failing}
    entries = {name: {**about[name], "count": counts[name]} for name in sorted(counts)}
    path.write_text(json.dumps({"schema": SCHEMA, "findings": entries}, indent=2) + "\n", "utf-8")
    return len(failing)


def new_findings(path: Path, findings: Sequence[Finding]) -> list[Finding]:
    """Those of the findings that are not in the baseline; of several with one id, those beyond its count.

    Raises:
        BadInput: where there is no such file, or it is no baseline.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
        if document["schema"] != SCHEMA:
            raise ValueError(document["schema"])
        known = Counter({name: int(entry["count"]) for name, entry in document["findings"].items()})
    except FileNotFoundError:
        raise BadInput(f"there is no baseline {path}; --write-baseline makes one") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path} is no baseline that can be read ({error}); --write-baseline makes one") from error
    new = []
    for finding in findings:
        if known[finding.id] > 0:
            known[finding.id] -= 1
        else:
            new.append(finding)
    return new

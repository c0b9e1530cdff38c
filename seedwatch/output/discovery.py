"""What `seedwatch discover` says of itself."""

import math
from datetime import datetime, timedelta

from miner.github.changes import Looked
from miner.github.graphql import BATCH
from miner.github.sampling import SampleProgress
from miner.store.discoveries import DiscoveryProgress


def progress_line(progress: DiscoveryProgress) -> str:
    """Cost and gain so far, and what is to come as far as can be told."""
    to_go = f", about {progress.to_go:,} to go" if progress.to_go else ""
    return f"{progress.requests:,} requests{to_go}; {progress.found:,} found, {progress.new:,} new"


def summary_line(progress: DiscoveryProgress) -> str:
    """The end of a discovery, or of what was asked of it."""
    lines = [f"{progress.found:,} repositories found, {progress.new:,} of them new, by {progress.requests:,} requests."]
    if progress.open:
        lines.append(f"About {progress.to_go:,} requests to go: the same command goes on from here.")
    if progress.overfull:
        lines.append(f"{progress.overfull:,} queries have more hits than GitHub gives, and no way to part them.")
    if progress.incomplete:
        lines.append(f"{progress.incomplete:,} queries stayed incomplete: GitHub ran out of time over them.")
    lines.append("`seedwatch scan --discovered` scans them.")
    return " ".join(lines) + "\n"


def waiting_line(seconds: float, reason: str) -> str:
    """A pause that GitHub's limits ask for."""
    until = datetime.now().astimezone() + timedelta(seconds=seconds)
    return f"waiting until {until:%H:%M:%S}: {reason} (Ctrl-C stops; the same command goes on)"


def sample_line(progress: SampleProgress) -> str:
    """How far a sample is, and what its draws turned out to be."""
    outcomes = progress.outcomes
    public = outcomes.get("python", 0) + outcomes.get("other", 0)
    return (
        f"{progress.done:,} of {progress.draws:,} ids up to {progress.sample.max_id:,} looked up: {public:,} public, "
        f"{outcomes.get('python', 0):,} of them may hold Python{_lookups_to_go(progress)}"
    )


def _lookups_to_go(progress: SampleProgress) -> str:
    left = progress.draws - progress.done
    if not left:
        return ""
    if progress.sample.method == "node-ids":
        return f"; about {math.ceil(left / BATCH):,} requests to go"
    return f"; at most {left:,} requests to go"  # a page of all repositories may answer for several


def looked_line(looked: Looked) -> str:
    """What a look at known repositories came to."""
    states = ", ".join(f"{number:,} {seen}" for seen, number in sorted(looked.seen.items()))
    renamed = f", {looked.renamed:,} renamed" if looked.renamed else ""
    return f"{looked.total:,} looked at by {looked.requests:,} requests: {states or 'none was due'}{renamed}"

"""The text of an issue about a finding: polite, with evidence and patch. A person reads it, and posts it or not."""

from collections.abc import Mapping, Sequence

from analysis.places import Place
from analysis.report import BUGS, Pair, Report
from analysis.wording import CODES
from api.permalink import Website
from api.visible import visible
from api.words import OUTCOME_SENTENCE
from miner.store.proofs import TriedPatch
from miner.store.records import Excerpt, Repository
from miner.verify.model import Verification

MOST_PAIRS = 3
ISSUE = "https://github.com/pytorch/pytorch/issues/5059"


def advisory(
    repository: Repository,
    report: Report,
    excerpts: Sequence[Excerpt],
    patches: Sequence[TriedPatch],
    verified: Mapping[str, Verification],
    website: Website,
) -> str:
    """Markdown: a title in the first line, then the body. `verified` has what running a finding showed, by its id."""
    bugs = [pair for pair in report.pairs if pair.counts and (pair.legacy in BUGS or pair.modern in BUGS)]
    patch_of = {name: tried for tried in reversed(patches) for name in tried.patch.pairs}
    shown = bugs[:MOST_PAIRS]
    parts = [
        "NumPy's random numbers repeat between DataLoader workers\n",
        _opening(repository, report),
        *(_pair(repository, report, pair, excerpts, verified.get(pair.id), website) for pair in shown),
    ]
    if len(bugs) > len(shown):
        parts.append(f"{len(bugs) - len(shown)} more loaders show the same; I left them out to keep this short.\n")
    offered = list({tried.patch.diff: tried for pair in shown if (tried := patch_of.get(pair.id))}.values())
    parts += [_patch(tried) for tried in offered]
    ran = any(_confirmed(verified.get(pair.id)) for pair in shown)
    how = "this was read off the code and tried without your data" if ran else "this was read off the code"
    parts.append(
        f"I may be wrong: {how}, and I have not trained with it. If it is intended, or the loader "
        "is not in use, please close this without a second thought. I am glad to open a pull request if it helps.\n"
    )
    return "\n".join(parts)


def _opening(repository: Repository, report: Report) -> str:
    commit = f" (at {report.commit[:10]})" if report.commit else ""
    asked = (
        f"`torch{visible(report.torch.specifier)}`" if report.torch.specifier else "no particular version of PyTorch"
    )
    return (
        f"Hello, and thank you for {visible(repository.name)}. While looking at how often this happens I came across "
        f"it here{commit}:\n\nA `DataLoader` copies NumPy's generator into each of its worker processes. Unless each "
        "worker reseeds it, the workers draw the same numbers, so part of the augmentation is lost without an error "
        f"({ISSUE}). PyTorch 1.9 and later reseed NumPy's global state, which mends the commonest form only. The "
        f"repository asks for {asked}.\n\n"
        + "\n".join(
            f"- {side}: {OUTCOME_SENTENCE[outcome]}"
            for side, outcome in (("PyTorch < 1.9", report.legacy), ("PyTorch >= 1.9", report.modern))
        )
        + "\n"
    )


def _pair(
    repository: Repository,
    report: Report,
    pair: Pair,
    excerpts: Sequence[Excerpt],
    said: Verification | None,
    website: Website,
) -> str:
    lines = [f"### `{_code(pair.dataset)}`: {CODES.get(pair.code, pair.code)}\n", f"{visible(pair.why)}\n"]
    spots = {"the loader": pair.loader, "the worker runs": pair.entry, "reseeded": pair.reseed_at}
    spots["the draw"] = f"{pair.draws[0].path}:{pair.draws[0].line}" if pair.draws else None
    for name, text in spots.items():
        place = Place.parse(text or "")
        if place is not None:
            address = website.place(repository.host, repository.owner, repository.name, report.commit, place)
            where = f"[`{_code(str(place))}`]({address})" if address else f"`{_code(str(place))}`"
            lines.append(f"- {name}: {where}")
    drawn = Place(pair.draws[0].path, pair.draws[0].line) if pair.draws else None
    quoted = _quoted(excerpts, drawn) if drawn is not None else ""
    seen = f"\n{_seen(said)}" if said is not None and _confirmed(said) else ""
    return "\n".join(lines) + "\n" + seen + (f"\n{quoted}" if quoted else "")


def _confirmed(said: Verification | None) -> bool:
    return said is not None and said.verdict == "confirmed"


def _seen(said: Verification) -> str:
    versions = said.evidence.versions
    torch = f" (torch {visible(versions['torch'])})" if "torch" in versions else ""
    return (
        f"I ran this loader's workers in a sandbox, without your data{torch}, and compared the generator's state "
        f"before each of these draws: {visible(said.reason)}.\n"
    )


def _quoted(excerpts: Sequence[Excerpt], place: Place) -> str:
    for excerpt in excerpts:
        rows = excerpt.text.split("\n")
        if excerpt.path == place.path and excerpt.first_line <= place.line < excerpt.first_line + len(rows):
            return _fenced("python", "\n".join(rows))
    return ""


def _patch(tried: TriedPatch) -> str:
    proven = " I ran the loader with it too, and nothing repeated any more." if tried.says == "proven" else ""
    told = f"A change that would mend it. {visible(tried.patch.explanation)}{proven}"
    return f"{told}\n\n" + _fenced("diff", tried.patch.diff.rstrip("\n"))


def _fenced(language: str, text: str) -> str:
    """A block of code whose fence is longer than any in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    body = "\n".join(visible(line) for line in text.split("\n"))
    return f"{fence}{language}\n{body}\n{fence}\n"


def _code(text: str) -> str:
    return visible(text).replace("`", "'")

"""From a found pair to the report's: codes, and the sentence that says why."""

from typing import get_args

from analysis.advice import advice
from analysis.judge import reseed_word
from analysis.link.pairs import FoundPair
from analysis.link.reach import DrawSite
from analysis.link.sources import Seeding
from analysis.report import BUGS, Draw, Pair, StartMethod

OTHER_KEPT = "WS201"
CODES = {
    "WS000": "what seeds the workers cannot be read",
    "WS001": "the numbers differ by worker and by epoch",
    "WS101": "global NumPy state, never reseeded",
    "WS102": "a generator object kept across samples, never reseeded",
    "WS103": "seeded from the worker's number alone: each epoch repeats the last",
    "WS104": "seeded from NumPy's own state and the worker's number",
    "WS105": "seeded with the same number in every worker",
    "WS106": "a generator with a constant seed made for each sample or iterator",
    "WS107": "the seed of the workers is set to a constant in each epoch",
    "WS108": "seeded with a number drawn from the copied state",
    "WS109": "one worker that starts from the same state in each epoch",
    OTHER_KEPT: "a kept random.Random or torch.Generator",
}


def as_report_pair(pair: FoundPair) -> Pair:
    """The report's form of a pair."""
    loader = pair.loader
    how = pair.seeding.how if pair.seeding is not None else None
    bug = pair.judgement.legacy in BUGS or pair.judgement.modern in BUGS
    workers = loader.workers
    duplicated = "duplicate" in (pair.judgement.legacy, pair.judgement.modern)
    share = 1 / workers.value if duplicated and workers.value and workers.value > 1 else None
    return Pair(
        id=pair.id,
        code=code_of(pair),
        counts=pair.counts,
        counts_why=_why_it_does_not_count(pair),
        legacy=pair.judgement.legacy,
        modern=pair.judgement.modern,
        draws=[
            Draw(
                path=site.place[0],
                line=site.place[1],
                api=site.api,
                kind=pair.kind,
                via=list(site.via),
                generator=_made_at(site),
            )
            for site in sorted(pair.draws, key=lambda site: site.place)
        ],
        draw_kind=pair.kind,
        entry=pair.entry.place,
        dataset=pair.entry.name,
        loader=loader.place,
        workers=workers.kind,
        workers_value=workers.value,
        workers_evidence=workers.evidence,
        reseed=reseed_word(how),
        reseed_at=pair.seeding.place if pair.seeding is not None and how is not Seeding.UNREAD else None,
        persistent_workers=pair.persistent,
        start_method=pair.start if pair.start in get_args(StartMethod) else None,  # type: ignore[arg-type]
        train=loader.train,
        overlap=pair.judgement.overlap,
        same_every_run=pair.judgement.same_every_run,
        distinct_share=share,
        why=_why(pair),
        fix=advice(pair, _form_of(pair)) if bug else None,
    )


def code_of(pair: FoundPair) -> str:
    """The stable code of the form that a pair shows."""
    return OTHER_KEPT if pair.other else _form_of(pair)


def _form_of(pair: FoundPair) -> str:
    """The code that a pair has whatever its generator is of."""
    judgement = pair.judgement
    if judgement.legacy not in BUGS and judgement.modern not in BUGS:
        return "WS000" if "unknown" in (judgement.legacy, judgement.modern) else "WS001"
    if pair.kind == "fixed":
        return "WS106"
    how = pair.seeding.how if pair.seeding is not None else None
    single = pair.situation.single_worker
    match how:
        case None:
            if single:
                return "WS109"
            return "WS101" if pair.kind == "global" else "WS102"
        case Seeding.EPOCH:
            return "WS103"
        case Seeding.STATE:
            return "WS104"
        case Seeding.CONSTANT | Seeding.EPOCHS_DIFFER:
            return "WS105"
        case Seeding.DRAW | Seeding.DRAW_AND_ID:
            return "WS108"
        case _:
            return "WS107"


def _made_at(site: DrawSite) -> str | None:
    """Where the generator object of a draw is made."""
    made = site.generator
    return None if made is None else made.frame.module.place(made.call.line)


def _why_it_does_not_count(pair: FoundPair) -> str | None:
    if pair.other:
        return "not a NumPy generator: the same fault, but not part of the prevalence of the NumPy bug"
    if pair.by_design:
        return "deterministic evaluation by design"
    if pair.loader.unused:
        return "nothing in the repository calls what makes this loader"
    return None


def _why(pair: FoundPair) -> str:
    api = pair.draws[0].api if pair.draws else "NumPy"
    who = f"{pair.entry.name} draws with {api}"
    seeds = pair.seeding
    where = f" ({seeds.place})" if seeds is not None else ""
    if pair.loader.workers.kind == "zero":
        return f"{who}, but this loader has no workers by default: the draws run in the parent, one after the other."
    sources = ", ".join(sorted(seeds.sources)) if seeds is not None and seeds.sources else "what the framework gives"
    match code_of(pair):
        case "WS000":
            return (
                f"{who}, and the `worker_init_fn` of this loader{where} comes from elsewhere: whether it seeds NumPy, "
                "and from what, is not in this repository."
            )
        case "WS001":
            return _why_clean(pair, who, where, sources)
        case "WS101" if pair.situation.own_workers:
            return (
                f"{who} from NumPy's global state, which this repository's own copy of torch's loader copies into "
                "every worker at the start of every epoch, whatever torch is installed: all of them draw the same."
            )
        case "WS101":
            return (
                f"{who} from NumPy's global state, which torch before 1.9 copies into every worker at the start of "
                "every epoch: all workers draw the same numbers. From 1.9 on, torch seeds it in each worker."
            )
        case "WS102" | "WS201":
            return (
                f"{who} from a generator object that is made once and copied into every worker: all draw the same "
                "numbers, in every epoch, under every torch, because torch seeds only the global state."
            )
        case "WS103":
            return f"{who} after a seed that depends on the worker's number alone{where}: every epoch repeats the last."
        case "WS104":
            return (
                f"{who} after seeding from NumPy's own state plus the worker's number{where}. From torch 1.9 on that "
                "state's first word is always 2147483648: the same numbers in every epoch and in every run."
            )
        case "WS105":
            return f"{who} after a seed that is the same in every worker{where}, made of: {sources}. They all repeat."
        case "WS106":
            return (
                f"{who} from a generator seeded with a constant{where} each time: every sample gets the same numbers."
            )
        case "WS107" if pair.situation.persistent and pair.situation.each_pass:
            return (
                f"{who} after a seed that each pass makes anew{where} of what a worker that lives on keeps, made of: "
                f"{sources}. Epochs repeat."
            )
        case "WS107":
            return (
                f"{who}, and the seed that torch hands the workers is the same constant in each epoch: epochs repeat."
            )
        case "WS108":
            return (
                f"{who} after a seed drawn from the state copied into the worker{where}: torch before 1.9 repeats it."
            )
        case _:
            return f"{who} in a single worker that starts from the same copied state in each epoch: epochs repeat."


def _why_clean(pair: FoundPair, who: str, where: str, sources: str) -> str:
    match pair.kind:
        case "fresh":
            return f"{who} from a generator made anew from fresh entropy each time: nothing repeats."
        case "indexed":
            return f"{who} after seeding from the sample itself: the same numbers for the same sample, by design."
        case _:
            if pair.seeding is None:
                return f"{who}; the workers start with generators of their own, so nothing repeats."
            return f"{who} after a seed that differs by worker and epoch{where}, made of: {sources}."

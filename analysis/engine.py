"""The one entry point of the analysis: a tree of files in, a report out. Every door of the program calls this."""

import gc
import re
import sys
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager

from msgspec.structs import replace

from analysis.answers import read_answers
from analysis.checks.registry import run_checks
from analysis.checks.setting import Setting
from analysis.facts.module import FACTS_VERSION
from analysis.facts.reading import FactsCache
from analysis.judge import judge, verdict, worst
from analysis.link.configs import ConfigIndex
from analysis.link.configured import ConfiguredLoaders
from analysis.link.described import Descriptions
from analysis.link.evaluate import Evaluator
from analysis.link.experiments import ExperimentLoaders
from analysis.link.fallback import DatasetFallback, unreadable
from analysis.link.ginbindings import GinBindings
from analysis.link.loaders import Loader, LoaderFinder
from analysis.link.modulecache import ModuleCache
from analysis.link.options import Options
from analysis.link.pairs import FoundPair, PairFinder
from analysis.link.parent import ParentReader
from analysis.link.project import Project
from analysis.link.scopes import ClassInfo
from analysis.link.unused import without_unused
from analysis.link.values import Instance
from analysis.link.versions import Versions, read_versions
from analysis.link.workers import WorkerReader
from analysis.part import WHOLE, Part
from analysis.report import (
    SCHEMA,
    AnalyzerInfo,
    Answer,
    CheckFinding,
    Cost,
    Environment,
    Funnel,
    NotEligible,
    Outcome,
    Pair,
    Report,
    SeedUse,
    StartMethod,
    TorchRange,
    Unread,
)
from analysis.seeds import SeedFinder, seed_runs
from analysis.tree import Tree
from analysis.wording import as_report_pair

ANALYZER_VERSION = "0.1.0"

__all__ = ["ANALYZER_VERSION", "FACTS_VERSION", "analyse", "look", "torch_range"]

DEEPEST_STACK = 12_000
_ONE_AT_A_TIME = threading.Lock()
_ALL_CHECKS: tuple[Sequence[str], Sequence[str]] = (("RP",), ())
"""The codes that are selected, and those that are ignored, where nobody says anything."""
_STARTS: tuple[StartMethod, ...] = ("fork", "spawn")


class _Sign:
    """What shows in a file's bytes; plain texts, one of which it holds, spare most files the pattern."""

    def __init__(self, pattern: bytes, *texts: bytes) -> None:
        self._pattern = re.compile(pattern, re.MULTILINE)
        self._texts = texts

    def shows(self, sources: Iterable[bytes]) -> bool:
        return any(any(text in data for text in self._texts) and self._pattern.search(data) for data in sources)


_IMPORTS_TORCH = _Sign(
    rb"^[ \t\f]*(?:import|from)\s+(?:torch|pytorch_lightning|lightning|fastai|timm)\b",
    b"torch",
    b"lightning",
    b"fastai",
    b"timm",
)
_NUMPY_DRAW = _Sign(
    rb"\b(?:np|numpy|npr|onp)\s*\.\s*random\b|from\s+numpy\s+import\s(?:(?!from\b)[^\n])*\brandom\b|from\s+numpy\.random\s+import"
    rb"|import\s+numpy\.random|default_rng|RandomState|\bimgaug\b|\.rvs\(",
    b"random",
    b"default_rng",
    b"RandomState",
    b"imgaug",
    b".rvs(",
)
_OTHER_DRAW = _Sign(rb"\brandom\.|torch\.rand|transforms\.Random", b"random.", b"torch.rand", b"transforms.Random")
_OWN_CODE = _Sign(rb"def __getitem__|def __iter__|collate_fn|def __call__", b"def __", b"collate_fn")


def analyse(
    tree: Tree,
    *,
    repo: str | None = None,
    select: Sequence[str] = _ALL_CHECKS[0],
    ignore: Sequence[str] = _ALL_CHECKS[1],
    facts: FactsCache | None = None,
    part: Part = WHOLE,
) -> Report:
    """Analyse one tree of files.

    `facts` has what earlier analyses read of the same contents, and gets what this one reads; it changes no report.
    `select` and `ignore` are codes of companion checks, or beginnings of them; what is not selected is not run.
    Of a `part` all is told, the verdict too, as if the repository had no other pairs; the rest of the tree is read for
    what the part uses and for what the repository asks for.
    `cost.seconds` is 0: the clock belongs to the caller. Never raises for what a file contains.
    """
    with _room():
        return _analyse(Project(tree, facts), repo, (tuple(select), tuple(ignore)), part)[0]


def look(tree: Tree, *, facts: FactsCache, modules: ModuleCache) -> tuple[Report, int]:
    """The verdict of one tree and its pairs alone, no checks, seeds or answers; and the expressions evaluated for it.

    `modules` does for files as the linking wants them what `facts` does, within one process.
    """
    with _room():
        return _analyse(Project(tree, facts, modules), None, None)


@contextmanager
def _room() -> Iterator[None]:
    """What an analysis wants of the interpreter, and gives back: one at a time, for it is the whole process's."""
    # Syntax trees hold no cycles, and looking at them while they are built costs a seventh of the time. The frames of
    # the evaluation do hold them, but are wanted to the end. What is never looked at stays young: the first look
    # afterwards frees it all, where older generations would be kept while the next repositories are analysed.
    with _ONE_AT_A_TIME:
        collecting, recursion = gc.isenabled(), sys.getrecursionlimit()
        gc.disable()
        # Evaluation is bounded by its own limits, which lie far above Python's default.
        sys.setrecursionlimit(max(recursion, DEEPEST_STACK))
        try:
            yield
        finally:
            sys.setrecursionlimit(recursion)
            if collecting:
                gc.enable()


def _analyse(
    project: Project, repo: str | None, companions: tuple[Sequence[str], Sequence[str]] | None, part: Part = WHOLE
) -> tuple[Report, int]:
    tree = project.tree
    evaluator = Evaluator(project)
    options = Options(evaluator)
    evaluator.options = options
    evaluator.configs = configs = ConfigIndex(tree)
    evaluator.described = Descriptions(evaluator, configs)
    evaluator.bindings = GinBindings(evaluator, tree) if project.mentioning("gin") else None
    workers = WorkerReader(evaluator, options, configs)
    finders = (LoaderFinder, ConfiguredLoaders, ExperimentLoaders)
    made = [loader for finder in finders for loader in finder(evaluator, workers).find()]
    loaders = without_unused(made, project)
    finder = PairFinder(evaluator, ParentReader(evaluator, configs, (loader.module.path for loader in loaders)))
    found = _merged(_pairs(loaders, finder, DatasetFallback(evaluator), evaluator))
    if not part.is_whole:
        found = [pair for pair in found if part.has_pair(as_report_pair(pair))]
        loaders = [loader for loader in loaders if part.has(loader.module.path)]
    pairs = _ordered([as_report_pair(pair) for pair in found])

    counted = _counted(pairs)
    versions = _versions(tree, counted, *part.paths[:1])
    texts = part.of(project.texts)
    eligible: bool | None = bool(counted)
    legacy = worst([pair.legacy for pair in counted])
    modern = worst([pair.modern for pair in counted])
    why = None if eligible else _why_not(texts.values(), loaders, pairs)
    unread = [pair.why for pair in counted if "unknown" in (pair.legacy, pair.modern)]
    unknown_why = unread[0] if unread and "unknown" in (legacy, modern) else None
    if not loaders and project.none_read(texts):
        eligible, legacy, modern, why = None, "unknown", "unknown", "unread"
        unknown_why = "None of its Python files could be read."
    seeds: list[SeedUse] = []
    checks: list[CheckFinding] = []
    answers: list[Answer] = []
    odd_answers: list[Unread] = []
    if companions is not None:
        setting = Setting(evaluator, _asked(versions))
        seeds = [seed for seed in SeedFinder(setting, options, configs).find(tree) if part.has(seed.path)]
        checks = [finding for finding in run_checks(setting, *companions) if part.has_check(finding)]
        complete = part.is_whole and companions == _ALL_CHECKS
        answers, odd_answers = read_answers(tree, project.sources, pairs, checks, complete=complete)
    project.facts.flush()
    report = Report(
        schema_=SCHEMA,
        analyzer=AnalyzerInfo(
            version=ANALYZER_VERSION, facts=FACTS_VERSION, python=f"{sys.version_info[0]}.{sys.version_info[1]}"
        ),
        repo=repo,
        commit=tree.commit,
        commit_date=tree.commit_date,
        eligible=eligible,
        legacy=legacy,
        modern=modern,
        verdict=verdict(eligible, legacy, modern, versions.torch.range),
        torch=versions.torch,
        versions=_watched(versions.specifiers),
        environments=_environments(found),
        why_not_eligible=why,
        unknown_why=unknown_why,
        funnel=_funnel(texts.values(), loaders, pairs),
        pairs=pairs,
        checks=checks,
        seeds=seeds,
        seed_runs=seed_runs(seeds),
        answers=answers,
        unread=sorted(
            [*(unread for unread in project.unread if part.has(unread.path)), *odd_answers],
            key=lambda unread: unread.path,
        ),
        cost=Cost(files=len(project.sources), parsed=project.parsed, bytes=project.bytes_read, seconds=0.0),
    )
    evaluator.forget()
    project.forget()
    return report, evaluator.steps_in_all + evaluator.steps


def torch_range(tree: Tree, report: Report) -> TorchRange:
    """Which PyTorch a tree admits where its pairs are those of a report on another of its repository's trees."""
    return _versions(tree, _counted(report.pairs)).torch.range


def _counted(pairs: Sequence[Pair]) -> list[Pair]:
    return [pair for pair in pairs if pair.counts and pair.workers != "zero"]


def _versions(tree: Tree, counted: Sequence[Pair], otherwise: str | None = None) -> Versions:
    """A repository of many projects asks for as many torches: the one beside the worst pair is meant.

    `otherwise` is the path beside which it is where no pair counts.
    """
    return read_versions(tree, near=counted[0].loader.partition(":")[0] if counted else otherwise)


def _pairs(
    loaders: Sequence[Loader], finder: PairFinder, fallback: DatasetFallback, evaluator: Evaluator
) -> list[FoundPair]:
    """All pairs; loaders whose dataset cannot be read come last and get the datasets that the others leave."""
    found: list[FoundPair] = []
    open_loaders = []
    taken: list[ClassInfo] = []
    evaluator.begin_walks()
    for loader in loaders:
        evaluator.refresh()
        found.extend(finder.pairs(loader))
        taken.extend(value.cls for value in loader.datasets if isinstance(value, Instance))
        if unreadable(evaluator, loader) or any(
            entry.unread_dataset for data in loader.datasets for entry in finder.called.entries(data)
        ):
            open_loaders.append(loader)
    for loader in open_loaders:
        candidates = fallback.for_loader(loader, taken)
        if candidates:
            collate = fallback.collates(loader, candidates)
            for candidate in candidates:
                evaluator.refresh()
                found.extend(finder.pairs(replace(loader, datasets=(candidate,), collate=collate)))
                collate = ()
    in_training = {pair.constant for pair in found if pair.loader.train} - {None}
    for pair in found:
        pair.in_training = pair.constant in in_training
    return found


def _merged(found: Sequence[FoundPair]) -> list[FoundPair]:
    """One pair for each loader, entry, kind and reseeding: contexts that agree fall together, the worst stays."""
    best: dict[tuple[object, ...], FoundPair] = {}
    for pair in found:
        place = pair.seeding.place if pair.seeding is not None else None
        key = (pair.loader.place, pair.entry.place, pair.entry.name, pair.kind, place, pair.other, pair.loader.train)
        known = best.get(key)
        if known is None:
            best[key] = pair
            continue
        kept, dropped = (pair, known) if _badness(pair) < _badness(known) else (known, pair)
        kept.draws.extend(site for site in dropped.draws if site.place not in {own.place for own in kept.draws})
        best[key] = kept
    return list(best.values())


def _badness(pair: FoundPair) -> tuple[int, int, int]:
    order: tuple[Outcome, ...] = ("duplicate", "epoch_repeat", "unknown", "clean")
    none = 1 if pair.loader.workers.kind == "zero" else 0
    return (none, order.index(pair.judgement.legacy), order.index(pair.judgement.modern))


def _ordered(pairs: list[Pair]) -> list[Pair]:
    order: tuple[Outcome, ...] = ("duplicate", "epoch_repeat", "unknown", "clean")
    unique: dict[tuple[str, str, str], Pair] = {}
    for pair in pairs:
        key = (pair.id, pair.loader, pair.entry)
        unique[key] = _together(unique[key], pair) if key in unique else pair
    return sorted(
        unique.values(),
        key=lambda pair: (
            not pair.counts,
            min(order.index(pair.legacy), order.index(pair.modern)),
            order.index(pair.legacy),
            order.index(pair.modern),
            pair.loader,
            pair.entry,
            pair.draw_kind,
            pair.id,
        ),
    )


def _together(one: Pair, other: Pair) -> Pair:
    """One pair of two that differ in the place of their reseeding alone, with the draws of both."""
    places = {(draw.path, draw.line) for draw in other.draws}
    draws = [*other.draws, *(draw for draw in one.draws if (draw.path, draw.line) not in places)]
    return replace(other, draws=sorted(draws, key=lambda draw: (draw.path, draw.line)))


def _asked(versions: Versions) -> dict[str, str | None]:
    return {**versions.specifiers, "torch": versions.torch.specifier}


def _watched(specifiers: dict[str, str | None]) -> dict[str, str | None]:
    always = {"torchvision", "python", "numpy"}
    return {name: value for name, value in specifiers.items() if value is not None or name in always}


def _environments(found: Sequence[FoundPair]) -> list[Environment]:
    """The repository's outcome by torch and start method, for the start methods that make a difference."""
    counted = [pair for pair in found if pair.counts and pair.loader.workers.kind != "zero"]
    if not counted:
        return []
    out = []
    for torch, side in (("<1.9", "legacy"), (">=1.9", "modern")):
        by_start: dict[str, Outcome] = {}
        for start in _STARTS:
            situations = [pair.situation if pair.start else replace(pair.situation, start=start) for pair in counted]
            by_start[start] = worst([getattr(judge(situation), side) for situation in situations])
        if by_start["fork"] == by_start["spawn"]:
            out.append(Environment(torch=torch, start="any", outcome=by_start["fork"]))
        else:
            out.extend(Environment(torch=torch, start=start, outcome=outcome) for start, outcome in by_start.items())
    return out


def _funnel(sources: Collection[bytes], loaders: Sequence[Loader], pairs: Sequence[Pair]) -> Funnel:
    torch = _IMPORTS_TORCH.shows(sources) or bool(loaders)
    in_worker = any(not pair.counts_why or pair.counts for pair in pairs)
    custom = in_worker or (bool(loaders) and _OWN_CODE.shows(sources))
    draw = in_worker or _NUMPY_DRAW.shows(sources)
    several = any(pair.workers != "zero" for pair in pairs if pair.counts)
    # Each step holds only where the step before it does.
    custom = torch and custom
    draw = custom and draw
    in_worker = draw and in_worker
    return Funnel(
        imports_torch=torch,
        custom_code_in_loader=custom,
        numpy_draw=draw,
        draw_in_worker=in_worker,
        multiprocess_loader=in_worker and several,
    )


def _why_not(sources: Collection[bytes], loaders: Sequence[Loader], pairs: Sequence[Pair]) -> NotEligible:
    if any(pair.counts for pair in pairs):
        return "no_workers"
    if not _IMPORTS_TORCH.shows(sources) and not loaders:
        return "no_torch"
    if not loaders:
        return "no_loader"
    if _NUMPY_DRAW.shows(sources):
        return "draw_not_in_worker"
    if _OTHER_DRAW.shows(sources):
        return "only_random_or_torch"
    return "no_draw"

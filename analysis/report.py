"""The report: one document per repository and commit, printed by `check`, kept by the store, served by the API.

Fields may be added within `seedwatch.report/1`; those that are here keep their meaning.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

SCHEMA = "seedwatch.report/1"

Outcome = Literal["duplicate", "epoch_repeat", "clean", "unknown"]
DrawKind = Literal["global", "instance", "fresh", "indexed", "fixed"]
Reseed = Literal["none", "good", "epoch", "constant"]
Workers = Literal["literal", "default", "zero", "unknown"]
TorchRange = Literal["<1.9", ">=1.9", "open"]
Verdict = Literal["affected", "affected_on_old_torch", "affected_on_new_torch", "unknown", "mitigated", "not_eligible"]
NotEligible = Literal[
    "no_torch",
    "no_loader",
    "no_custom_code",
    "no_draw",
    "only_random_or_torch",
    "draw_not_in_worker",
    "no_workers",
    "unread",
]
StartMethod = Literal["fork", "spawn", "forkserver"]
SeedRuns = Literal["none", "one", "many"]
"""Whether nothing is seeded with a constant, results are over one seed, or over several that are looped over."""

BUGS: frozenset[Outcome] = frozenset({"duplicate", "epoch_repeat"})


class Model(BaseModel):
    """Immutable, and strict about unknown keys, so that drift shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AnalyzerInfo(Model):
    """Which program said it. `facts` is the version of the facts' format; `python` the grammar that parsed."""

    version: str
    facts: int
    python: str


class TorchFact(Model):
    """The torch releases that the repository asks for. `evidence` is `path:line`."""

    range: TorchRange
    specifier: str | None = None
    evidence: str | None = None


class Environment(Model):
    """One combination in which the outcome was judged: torch `<1.9` or `>=1.9`, start `fork`, `spawn` or `any`."""

    torch: str
    start: str
    outcome: Outcome


class Funnel(Model):
    """The steps of eligibility, each as far as the code can be read."""

    imports_torch: bool
    custom_code_in_loader: bool
    numpy_draw: bool
    draw_in_worker: bool
    multiprocess_loader: bool


class Draw(Model):
    """One drawing call. `via` is the way from the worker's entry: `path:line Qualified.name`, outermost first.

    `generator` is where the generator object that is drawn from is made, `path:line`; None for the global state.
    """

    path: str
    line: int
    api: str
    kind: DrawKind
    via: list[str]
    generator: str | None = None


class Pair(Model):
    """One (dataset, loader) pair and what its draws do. `entry` and `loader` are `path:line`."""

    id: str
    code: str
    counts: bool
    counts_why: str | None
    legacy: Outcome
    modern: Outcome
    draws: list[Draw]
    draw_kind: DrawKind
    entry: str
    dataset: str
    loader: str
    workers: Workers
    workers_value: int | None
    workers_evidence: str | None
    reseed: Reseed
    reseed_at: str | None
    persistent_workers: bool
    start_method: StartMethod | None
    train: bool
    overlap: bool
    same_every_run: bool
    distinct_share: float | None
    why: str
    fix: str | None


class CheckFinding(Model):
    """A companion check that fired; never part of the verdict.

    `id` is stable across line moves. `program` is the script in whose run the fault shows; `related` are `path:line`.
    """

    id: str = ""
    code: str
    path: str
    line: int
    message: str
    fix: str | None = None
    program: str | None = None
    related: list[str] = []


class SeedUse(Model):
    """A constant that the repository seeds with. `looped`: one of several that a loop goes through."""

    value: int
    api: str
    path: str
    line: int
    looped: bool = False


class Unread(Model):
    """A file, or the rest of a listing, that was not analysed, and why."""

    path: str
    reason: str


class Answer(Model):
    """What the repository says of a finding: a comment beside its code, or an answer of its maintainer.

    `finding` is the id of the pair or companion check; `place` a line, or the file of answers.
    """

    finding: str
    code: str
    says: Literal["ignored", "accepted", "disputed"]
    reason: str
    place: str


class Cost(Model):
    """What the analysis took. `seconds` is the caller's clock and the one field that may differ between equal runs."""

    files: int
    parsed: int
    bytes: int
    seconds: float


class Report(Model):
    """The whole answer for one tree of files."""

    schema_: str
    analyzer: AnalyzerInfo
    repo: str | None
    commit: str | None
    commit_date: str | None
    eligible: bool | None
    legacy: Outcome
    modern: Outcome
    verdict: Verdict
    torch: TorchFact
    versions: dict[str, str | None]
    environments: list[Environment]
    why_not_eligible: NotEligible | None
    unknown_why: str | None
    funnel: Funnel
    pairs: list[Pair]
    checks: list[CheckFinding]
    seeds: list[SeedUse]
    seed_runs: SeedRuns = "none"
    answers: list[Answer] = []
    unread: list[Unread]
    cost: Cost

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, alias_generator=lambda name: name.rstrip("_")
    )

    @property
    def has_bug(self) -> bool:
        """Whether a counted pair has a bug on a torch side that the repository admits."""
        old, new = self.torch.range != ">=1.9", self.torch.range != "<1.9"
        return any((old and pair.legacy in BUGS) or (new and pair.modern in BUGS) for pair in self.pairs if pair.counts)

    def to_json(self) -> str:
        """The document as `check --format json` prints it: one line, `schema` first."""
        return self.model_dump_json(by_alias=True)

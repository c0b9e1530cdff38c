"""The report: one document per repository and commit, printed by `check`, kept by the store, served by the API.

Fields may be added within `seedwatch.report/1`; those that are here keep their meaning.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

import msgspec

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

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


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Immutable, and strict about unknown keys, so that drift shows.

    A struct, since starting pydantic takes longer than analysing a small repository; its methods have the names that
    the other documents' have.
    """

    def model_copy(self, *, update: Mapping[str, Any]) -> Self:
        """The same with other values of some fields."""
        return msgspec.structs.replace(self, **update)

    def model_dump(self) -> dict[str, Any]:
        """The document as plain values."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    @classmethod
    def model_validate(cls, document: object) -> Self:
        """Reads plain values. Raises ValueError where they are of another form."""
        try:
            return msgspec.convert(document, cls)
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from error

    @classmethod
    def model_validate_json(cls, text: str | bytes) -> Self:
        """Reads a document. Raises ValueError where it is of another form."""
        try:
            return msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError as error:
            raise ValueError(str(error)) from error

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        """What the service's documents, which have reports in them, say of it in the description of the API."""
        from pydantic import ConfigDict, Field, create_model

        fields: dict[str, Any] = {}
        for field in msgspec.structs.fields(cls):
            default = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default
            alias = None if field.name == field.encode_name else field.encode_name
            fields[field.name] = (
                field.type,
                Field(... if default is msgspec.NODEFAULT else default, alias=alias),
            )
        strict = ConfigDict(extra="forbid")
        twin: Any = create_model(
            cls.__name__, __config__=strict, __doc__=cls.__doc__, __module__=cls.__module__, **fields
        )
        return handler(twin)


class AnalyzerInfo(Model, frozen=True):
    """Which program said it. `facts` is the version of the facts' format; `python` the grammar that parsed."""

    version: str
    facts: int
    python: str


class TorchFact(Model, frozen=True):
    """The torch releases that the repository asks for. `evidence` is `path:line`."""

    range: TorchRange
    specifier: str | None = None
    evidence: str | None = None


class Environment(Model, frozen=True):
    """One combination in which the outcome was judged: torch `<1.9` or `>=1.9`, start `fork`, `spawn` or `any`."""

    torch: str
    start: str
    outcome: Outcome


class Funnel(Model, frozen=True):
    """The steps of eligibility, each as far as the code can be read."""

    imports_torch: bool
    custom_code_in_loader: bool
    numpy_draw: bool
    draw_in_worker: bool
    multiprocess_loader: bool


class Draw(Model, frozen=True):
    """One drawing call. `via` is the way from the worker's entry: `path:line Qualified.name`, outermost first.

    `generator` is where the generator object that is drawn from is made, `path:line`; None for the global state.
    """

    path: str
    line: int
    api: str
    kind: DrawKind
    via: list[str]
    generator: str | None = None


class Pair(Model, frozen=True):
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


class CheckFinding(Model, frozen=True, kw_only=True):
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


class SeedUse(Model, frozen=True):
    """A constant that the repository seeds with. `looped`: one of several that a loop goes through."""

    value: int
    api: str
    path: str
    line: int
    looped: bool = False


class Unread(Model, frozen=True):
    """A file, or the rest of a listing, that was not analysed, and why."""

    path: str
    reason: str


class Answer(Model, frozen=True):
    """What the repository says of a finding: a comment beside its code, or an answer of its maintainer.

    `finding` is the id of the pair or companion check; `place` a line, or the file of answers.
    """

    finding: str
    code: str
    says: Literal["ignored", "accepted", "disputed"]
    reason: str
    place: str


class Cost(Model, frozen=True):
    """What the analysis took. `seconds` is the caller's clock and the one field that may differ between equal runs."""

    files: int
    parsed: int
    bytes: int
    seconds: float


class Report(Model, frozen=True, kw_only=True):
    """The whole answer for one tree of files."""

    schema_: str = msgspec.field(name="schema")
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

    @property
    def has_bug(self) -> bool:
        """Whether a counted pair has a bug on a torch side that the repository admits."""
        old, new = self.torch.range != ">=1.9", self.torch.range != "<1.9"
        return any((old and pair.legacy in BUGS) or (new and pair.modern in BUGS) for pair in self.pairs if pair.counts)

    def to_json(self) -> str:
        """The document as `check --format json` prints it: one line, `schema` first."""
        return msgspec.json.encode(self).decode()

"""What a verification says: a verdict, how far it reaches, and the numbers behind it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from analysis.report import Outcome, StartMethod

Verdict = Literal["confirmed", "refuted", "conditional", "inconclusive", "failed"]
Scope = Literal["any torch", "torch < 1.9", "torch >= 1.9"]
Rung = Literal["R1", "R2", "R3", "R4"]
Proven = Literal["proven", "not verified", "does not mend"]

RUNG_MEANS: dict[Rung, str] = {
    "R1": "the repository's own dataset, run as it is written",
    "R2": "the repository's own dataset, statements that fail without its data passed over",
    "R3": "the drawing function on its own, in this loader's workers",
    "R4": "bare draws from the flagged generator, in this loader's workers after its own reseeding",
}


class Model(BaseModel):
    """Immutable, and strict about unknown keys, so that drift shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LoggedDraw(Model):
    """One draw at a flagged line that succeeded. `state` is a digest of the generator's state before it."""

    epoch: int
    worker: int
    sample: int
    api: str
    path: str
    line: int
    state: str


class Seen(Model):
    """What one run under `legacy` (torch < 1.9) or `modern` (torch >= 1.9) semantics showed.

    `draws`: draws at flagged lines. `equal_workers`: of `epochs` epochs, those in which all workers drew from equal
    states. `equal_epochs`: of `epochs - 1` changes of epoch, those after which each worker drew from the states of
    the epoch before. `equal_prefix`: draws from the first on that are equal between workers 0 and 1 in the first
    epoch, of `compared`. `grid[epoch][worker][sample]` numbers the states before the first draw of each sample,
    equal states by equal numbers, -1 where nothing was drawn.
    """

    outcome: Outcome
    draws: int
    epochs: int
    workers: int
    equal_workers: int
    equal_epochs: int
    equal_prefix: int
    compared: int
    grid: list[list[list[int]]]


class OnDevice(Model):
    """What a GPU made of it, where a verification had one.

    The loader was iterated once more, as torch from 1.9 on, with `pin_memory=True` and its batches moved to the device:
    `batches` of them came, `own` with tensors of the repository's samples (numbers of ours in the others), `pinned` in
    pinned memory, `moved` to the device; the tensors of `on_device` lay there already, and were brought back before.
    `seen` is what the workers drew meanwhile. `cuda` are the repository's lines that started CUDA, or what was said
    where it could not be had, and in which process.
    """

    batches: int = 0
    own: int = 0
    pinned: int = 0
    moved: int = 0
    on_device: int = 0
    seen: Seen | None = None
    failed: str | None = None
    cuda: list[str] = Field(default_factory=list)


class Evidence(Model):
    """How a verdict came about. `seconds` of wall clock and `megabytes` of the largest process are those of the
    attempts; `doubt` says why what was seen must not be believed. `versions` are those of torch, NumPy and Python, and
    the device; with a GPU also CUDA's and the driver's."""

    rung: Rung | None = None
    rungs_tried: list[Rung] = Field(default_factory=list)
    complete: bool = False
    doubt: str | None = None
    legacy: Seen | None = None
    modern: Seen | None = None
    same_between_runs: bool | None = None
    start_method: StartMethod = "fork"
    loader: dict[str, str | int | bool | None] = Field(default_factory=dict)
    log: list[LoggedDraw] = Field(default_factory=list)
    stubs: list[str] = Field(default_factory=list)
    emulated: list[str] = Field(default_factory=list)
    on_device: OnDevice | None = None
    guessed: list[str] = Field(default_factory=list)
    swallowed: list[str] = Field(default_factory=list)
    versions: dict[str, str] = Field(default_factory=dict)
    seconds: float = 0.0
    megabytes: int = 0


class Verification(Model):
    """The verdict on one finding. `pair` is the finding's id; `legacy` and `modern` are what the static analysis
    said of it.

    `reason` says why in a sentence; `condition` on what a conditional verdict depends. `disagrees` where what was
    seen and what was read differ.
    """

    pair: str
    loader: str
    dataset: str
    verdict: Verdict
    scope: Scope | None
    reason: str
    condition: str | None = None
    legacy: Outcome
    modern: Outcome
    disagrees: bool = False
    evidence: Evidence


class CheckRun(Model):
    """What running a companion check's program showed. `check` is the finding's id; `runs` how many came to an end."""

    check: str
    code: str
    path: str
    line: int
    verdict: Literal["confirmed", "refuted", "inconclusive"]
    reason: str
    runs: int


class Proof(Model):
    """What running a patch gave. `reason` says why in a sentence; `pair` is the finding that was run before and after.

    `before` and `after` are the verdicts on it and what was seen; None where it came to no run.
    """

    says: Proven
    reason: str
    pair: str
    before: Verification | None = None
    after: Verification | None = None

"""Reports of our own making, in a store, for the tests of the service."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from analysis.report import (
    SCHEMA,
    AnalyzerInfo,
    CheckFinding,
    Cost,
    Draw,
    Environment,
    Funnel,
    Outcome,
    Pair,
    Report,
    SeedUse,
    TorchFact,
    TorchRange,
    Unread,
    Verdict,
)
from miner.store import Excerpt, FoundScan, RepositoryInfo, Store

COMMIT = "9f2c4d1e7b8a35604c1d2e3f4a5b6c7d8e9f0a1b"
MOMENT = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)

LOADER_CODE = """\
    train_set = CropSet(args.data, size=args.crop)
    loader = DataLoader(
        train_set,
        batch_size=args.batch,
        shuffle=True,
        num_workers=args.workers,
    )
    for epoch in range(args.epochs):"""
WORKERS_CODE = """\
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=90)"""
DATASET_CODE = """\
    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        image = self.read(self.files[index])
        image = self.crop(image)
        if np.random.rand() < 0.5:
            image = image[:, ::-1]
        return torch.from_numpy(image.copy())"""
DRAW_CODE = """\
    def __call__(self, image):
        height, width = image.shape[:2]
        top = np.random.randint(height - self.size)
        left = np.random.randint(width - self.size)
        return image[top : top + self.size, left : left + self.size]"""
EXCERPTS = (
    Excerpt("train.py", 87, LOADER_CODE),
    Excerpt("train.py", 16, WORKERS_CODE),
    Excerpt("data/crops.py", 27, DATASET_CODE),
    Excerpt("data/transforms.py", 11, DRAW_CODE),
)


def pair(**changes: Any) -> Pair:
    """A crop drawn from the global state, which nothing reseeds; with changes."""
    usual: dict[str, Any] = {
        "id": "ws-1f0c",
        "code": "WS101",
        "counts": True,
        "counts_why": None,
        "legacy": "duplicate",
        "modern": "clean",
        "draws": [
            Draw(
                path="data/transforms.py",
                line=13,
                api="numpy.random.randint",
                kind="global",
                via=["data/crops.py:30 CropSet.__getitem__", "data/transforms.py:11 RandomCrop.__call__"],
            ),
            Draw(
                path="data/transforms.py",
                line=14,
                api="numpy.random.randint",
                kind="global",
                via=["data/crops.py:30 CropSet.__getitem__", "data/transforms.py:11 RandomCrop.__call__"],
            ),
            Draw(
                path="data/crops.py",
                line=33,
                api="numpy.random.rand",
                kind="global",
                via=["data/crops.py:30 CropSet.__getitem__"],
            ),
        ],
        "draw_kind": "global",
        "entry": "data/crops.py:30",
        "dataset": "CropSet",
        "loader": "train.py:88",
        "workers": "default",
        "workers_value": 4,
        "workers_evidence": "train.py:17",
        "reseed": "none",
        "reseed_at": None,
        "persistent_workers": False,
        "start_method": None,
        "train": True,
        "overlap": False,
        "same_every_run": False,
        "distinct_share": 0.25,
        "why": "All 4 workers inherit the same NumPy state, and nothing reseeds it, so they draw the same crops and flips.",
        "fix": (
            "Below PyTorch 1.9, seed NumPy in each worker:\n\n"
            "def seed_worker(worker_id):\n    np.random.seed(torch.initial_seed() % 2**32)\n\n"
            "DataLoader(..., worker_init_fn=seed_worker)\n\nOr ask for torch>=1.9, which does it."
        ),
    }
    return Pair(**{**usual, **changes})


def report(
    repo: str | None,
    *,
    verdict: Verdict = "affected_on_old_torch",
    legacy: Outcome = "duplicate",
    modern: Outcome = "clean",
    torch_range: TorchRange = "open",
    eligible: bool | None = True,
    pairs: Sequence[Pair] | None = None,
    **changes: Any,
) -> Report:
    """A report whose parts agree with each other; with changes."""
    usual: dict[str, Any] = {
        "schema": SCHEMA,
        "analyzer": AnalyzerInfo(version="0.1.0", facts=1, python="3.11"),
        "repo": repo,
        "commit": COMMIT,
        "commit_date": "2021-04-11",
        "eligible": eligible,
        "legacy": legacy,
        "modern": modern,
        "verdict": verdict,
        "torch": TorchFact(
            range=torch_range,
            specifier={"open": ">=1.6", "<1.9": "==1.7.1", ">=1.9": ">=2.0"}[torch_range],
            evidence="requirements.txt:3",
        ),
        "versions": {"torchvision": ">=0.7", "python": None, "numpy": None},
        "environments": [
            Environment(torch="<1.9", start="fork", outcome=legacy),
            Environment(torch="<1.9", start="spawn", outcome="clean"),
            Environment(torch=">=1.9", start="any", outcome=modern),
        ],
        "why_not_eligible": None,
        "unknown_why": None,
        "funnel": Funnel(
            imports_torch=True,
            custom_code_in_loader=True,
            numpy_draw=True,
            draw_in_worker=eligible is not False,
            multiprocess_loader=eligible is not False,
        ),
        "pairs": list(pairs if pairs is not None else [pair(legacy=legacy, modern=modern)]),
        "checks": [],
        "seeds": [],
        "unread": [],
        "cost": Cost(files=120, parsed=9, bytes=610233, seconds=0.07),
    }
    return Report(**{**usual, **changes})


def not_eligible(repo: str, why: str = "only_random_or_torch") -> Report:
    """The report of a repository that the bug cannot be in."""
    funnel = Funnel(
        imports_torch=why != "no_torch",
        custom_code_in_loader=why in {"no_draw", "only_random_or_torch", "draw_not_in_worker", "no_workers"},
        numpy_draw=why in {"draw_not_in_worker", "no_workers"},
        draw_in_worker=why == "no_workers",
        multiprocess_loader=False,
    )
    return report(
        repo,
        verdict="not_eligible",
        legacy="clean",
        modern="clean",
        eligible=False,
        pairs=[],
        environments=[],
        why_not_eligible=why,
        funnel=funnel,
    )


def add(
    store: Store, found: Report, *, excerpts: Sequence[Excerpt] = EXCERPTS, stars: int | None = None, **info: Any
) -> int:
    """Stores the repository that the report names, with its scan, and gives the scan's id."""
    assert found.repo is not None
    owner, name = found.repo.split("/", 1)
    store.upsert_found([RepositoryInfo(owner=owner, name=name, stars=stars, **info)], source="search-repos", query="q")
    repository = store.get_repository(info.get("host", "github.com"), owner, name)
    assert repository is not None
    return store.save_scan(repository.id, FoundScan(found, MOMENT, excerpts=tuple(excerpts)))


def populate(store: Store) -> None:
    """Repositories of every verdict, so that each figure and each page has something to show."""
    kept = pair(
        id="ws-2a",
        code="WS201",
        legacy="duplicate",
        modern="duplicate",
        draw_kind="instance",
        why="The generator is made once in __init__ and copied into every worker; PyTorch does not reseed objects.",
        fix="Make the generator in the worker: self.rng = np.random.default_rng(get_worker_info().seed)",
    )
    by_worker = pair(
        id="ws-3b",
        code="WS102",
        legacy="epoch_repeat",
        modern="epoch_repeat",
        reseed="epoch",
        reseed_at="train.py:89",
        distinct_share=0.011,
        why="Each worker is seeded with its id alone, so every epoch repeats the first.",
        fix="np.random.seed(torch.initial_seed() % 2**32)",
    )
    seeded = pair(
        id="ws-4c",
        code="WS100",
        legacy="clean",
        modern="clean",
        reseed="good",
        reseed_at="train.py:89",
        distinct_share=1.0,
        why="worker_init_fn seeds NumPy from torch.initial_seed(), which differs by worker and by epoch.",
        fix=None,
    )
    evaluation = pair(
        id="ws-5d",
        code="WS104",
        legacy="duplicate",
        modern="duplicate",
        counts=False,
        counts_why="a constant seed that only evaluation reaches is deterministic by design",
        train=False,
        reseed="constant",
        dataset="ValidationSet",
        why="Every worker is seeded with 0, so that evaluation is the same each time.",
        fix=None,
    )
    add(
        store,
        report(
            "north-lab/crops",
            pairs=[pair(), evaluation, seeded],
            checks=[CheckFinding(code="RP101", path="train.py", line=9, message="Seeds NumPy and random, but not torch.")],
            seeds=[
                SeedUse(value=42, api="torch.manual_seed", path="train.py", line=9),
                SeedUse(value=3407, api="numpy.random.seed", path="train.py", line=10),
            ],
            unread=[Unread(path="old/legacy.py", reason="syntax: print without parentheses, line 4")],
        ),
        stars=1840,
    )
    add(
        store,
        report("vision-group/segment", verdict="affected", modern="duplicate", legacy="duplicate", pairs=[kept]),
        stars=312,
    )
    add(
        store,
        report("speechlab/wavs", verdict="affected", torch_range="<1.9", legacy="duplicate", modern="clean"),
        stars=95,
    )
    add(
        store,
        report(
            "ml-course/homework",
            verdict="affected",
            torch_range=">=1.9",
            legacy="epoch_repeat",
            modern="epoch_repeat",
            pairs=[by_worker],
        ),
        stars=7,
    )
    add(store, report("careful/loader", verdict="mitigated", legacy="clean", modern="clean", pairs=[seeded]), stars=4210)
    add(store, report("modern/net", verdict="mitigated", torch_range=">=1.9"), stars=58)
    add(
        store,
        report(
            "dynamic/registry",
            verdict="unknown",
            legacy="unknown",
            modern="unknown",
            pairs=[
                pair(
                    legacy="unknown",
                    modern="unknown",
                    workers="unknown",
                    workers_value=None,
                    workers_evidence=None,
                    distinct_share=None,
                    why="The dataset is chosen by a name that is read from a file while the program runs.",
                    fix=None,
                )
            ],
            unknown_why="The dataset is chosen by a name that is read from a file while the program runs.",
        ),
        stars=21,
    )
    for name, why in [("tools/cli", "no_torch"), ("torch/plain", "only_random_or_torch"), ("solo/serial", "no_workers")]:
        add(store, not_eligible(name, why), stars=3)
    store.upsert_found([RepositoryInfo(owner="gone", name="away")], source="search-repos", query="q")
    gone = store.get_repository("github.com", "gone", "away")
    assert gone is not None
    store.record_failure(gone.id, "gone", "The server answered 404.")
    store.upsert_found([RepositoryInfo(owner="waiting", name="room")], source="search-repos", query="q")

"""Reports of our own making, in a store, for the tests of the service."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from analysis.report import (
    CheckFinding,
    Draw,
    Environment,
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
from tests.support import reports

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


_WAY = ["data/crops.py:30 CropSet.__getitem__", "data/transforms.py:11 RandomCrop.__call__"]
_DRAWS = [
    Draw(path="data/transforms.py", line=13, api="numpy.random.randint", kind="global", via=_WAY),
    Draw(path="data/transforms.py", line=14, api="numpy.random.randint", kind="global", via=_WAY),
    Draw(path="data/crops.py", line=33, api="numpy.random.rand", kind="global", via=_WAY[:1]),
]


def pair(**changes: Any) -> Pair:
    """A crop drawn from the global state, which nothing reseeds, at places that the excerpts show."""
    usual: dict[str, Any] = {
        "id": "ws-1f0c",
        "draws": _DRAWS,
        "entry": "data/crops.py:30",
        "dataset": "CropSet",
        "why": "CropSet draws from NumPy's global state, and nothing reseeds it: all workers draw the same numbers.",
        "fix": (
            "Pass `worker_init_fn=seed_worker` to the loader, with "
            "`def seed_worker(worker_id): numpy.random.seed(torch.initial_seed() % 2**32)`."
        ),
    }
    return reports.pair(**{**usual, **changes})


def report(
    repo: str,
    *,
    verdict: Verdict = "affected_on_old_torch",
    legacy: Outcome = "duplicate",
    modern: Outcome = "clean",
    torch_range: TorchRange = "open",
    pairs: Sequence[Pair] | None = None,
    **changes: Any,
) -> Report:
    """A report whose parts agree with each other; with changes."""
    usual: dict[str, Any] = {
        "repo": repo,
        "commit": COMMIT,
        "legacy": legacy,
        "modern": modern,
        "verdict": verdict,
        "torch": TorchFact(
            range=torch_range,
            specifier={"open": ">=1.6", "<1.9": "==1.7.1", ">=1.9": ">=2.0"}[torch_range],
            evidence="requirements.txt:3",
        ),
        "environments": [
            Environment(torch="<1.9", start="fork", outcome=legacy),
            Environment(torch="<1.9", start="spawn", outcome="clean"),
            Environment(torch=">=1.9", start="any", outcome=modern),
        ],
        "pairs": list(pairs) if pairs is not None else [pair(legacy=legacy, modern=modern)],
    }
    return reports.report(**{**usual, **changes})


_STEPS = {
    "no_torch": (),
    "only_random_or_torch": ("imports_torch", "custom_code_in_loader"),
    "no_workers": ("imports_torch", "custom_code_in_loader", "numpy_draw", "draw_in_worker"),
}


def not_eligible(repo: str, why: str) -> Report:
    """The report of a repository that the bug cannot be in."""
    return reports.not_eligible(*_STEPS[why], repo=repo, commit=COMMIT, why_not_eligible=why)


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


def info(full_name: str) -> RepositoryInfo:
    """A repository of GitHub's by its name alone."""
    owner, _, name = full_name.partition("/")
    return RepositoryInfo(owner, name)


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
            checks=[
                CheckFinding(code="RP101", path="train.py", line=9, message="Seeds NumPy and random, but not torch.")
            ],
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
    add(
        store, report("careful/loader", verdict="mitigated", legacy="clean", modern="clean", pairs=[seeded]), stars=4210
    )
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
    for name, why in [
        ("tools/cli", "no_torch"),
        ("torch/plain", "only_random_or_torch"),
        ("solo/serial", "no_workers"),
    ]:
        add(store, not_eligible(name, why), stars=3)
    store.upsert_found([RepositoryInfo(owner="gone", name="away")], source="search-repos", query="q")
    gone = store.get_repository("github.com", "gone", "away")
    assert gone is not None
    store.record_failure(gone.id, "gone", "The server answered 404.")
    store.upsert_found([RepositoryInfo(owner="waiting", name="room")], source="search-repos", query="q")


SCRIPT = "<script>document.title='owned'</script>"
HOSTILE_LINES = "\n".join(
    (
        f'x = "{SCRIPT}"',
        "</span></li></ol><img src=https://example.invalid/x onerror=alert(1)>",
        "access = '\u202e\u2066user\u2069\u2066' # not admin",
        "null = '\x01 \x1b[31m'",
        "{{ 7 * 7 }} {% raw %} `" + "\u200b" * 3,
        "a" * 10_000,
    )
)


def add_hostile(store: Store) -> None:
    """A repository whose every word tries to do something to the page that shows it."""
    quoted = "\"'><svg onload=alert(1)>"
    place = f"dir/{quoted}\u202e.py"
    hostile = pair(
        id=f'x" onclick="alert(1){SCRIPT}',
        dataset=f"Set{quoted}",
        entry=f"{place}:2",
        loader=f"{place}:1",
        workers_evidence=f"javascript:alert(1)//{quoted}:3",
        draws=[Draw(path=place, line=4, api=f"np{SCRIPT}", kind="global", via=[f"{place}:2 {SCRIPT}", SCRIPT])],
        why=f"why `{SCRIPT}` and {quoted} \u202egnorw",
        fix=f"write `{SCRIPT}` or {quoted}",
    )
    add(
        store,
        report(
            "hostile/repository",
            verdict="affected",
            modern="duplicate",
            pairs=[hostile],
            torch=TorchFact(range="open", specifier=SCRIPT, evidence=f"{SCRIPT}:1"),
            checks=[CheckFinding(code="RP101", path=place, line=1, message=SCRIPT)],
            seeds=[SeedUse(value=42, api=SCRIPT, path=place, line=1)],
            unread=[Unread(path=f"a\u2028b{quoted}", reason=SCRIPT)],
            unknown_why=SCRIPT,
        ),
        excerpts=[Excerpt(place, 1, HOSTILE_LINES)],
    )
    store.upsert_found([RepositoryInfo(owner='"><img', name="<script>alert(1)<\u202e/script>")], source=SCRIPT)

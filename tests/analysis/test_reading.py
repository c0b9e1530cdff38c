"""What the analysis asks of a tree is what can be told from the paths, so that a part that is fetched says the same."""

from collections.abc import Iterable, Iterator

import pytest

from analysis.engine import analyse
from analysis.reading import may_be_read
from analysis.tree import Entry
from tests.support.trees import Files, MemoryTree

_LOADER = """
import numpy as np
from torch.utils.data import DataLoader, Dataset

class D(Dataset):
    def __len__(self): return 9
    def __getitem__(self, i): return np.random.rand(3)
"""
_MAIN = f"""
import gin
import json5
{_LOADER}
cfg = json5.load(open("conf/model.json5"))

@gin.configurable
def train(num_workers=0):
    for b in DataLoader(D(), num_workers=num_workers): pass

def made(): return DataLoader(D(), num_workers=cfg["number_of_workers"])

train()
"""
_EACH_KIND = {
    "main.py": _MAIN,
    "window.pyw": "",
    "book.ipynb": "{}",
    "a.gin": "train.num_workers = 8\n",
    "conf/a.conf": "number_of_workers = 3",
    "conf/a.toml": "number_of_workers = 3",
    "conf/a.ini": "number_of_workers = 3",
    "conf/a.cfg": "number_of_workers = 3",
    "conf/a.yml": "number_of_workers: 3",
    "conf/a.yaml": "number_of_workers: 3",
    "conf/a.json": '{"number_of_workers": 3}',
    "model.json5": '{"number_of_workers": 3}',
    "data/info.json": '{"number_of_workers": 3}',
    "net/a.prototxt": "workers: 3",
    "net/a.pbtxt": "workers: 3",
    "net/a.proto": "workers: 3",
    "net/a.config": "workers: 3",
    "run.sh": "python main.py --seed 1",
    "run.bash": "python main.py --seed 2",
    "run.slurm": "python main.py --seed 3",
    "run.sbatch": "python main.py --seed 4",
    "run.bat": "python main.py --seed 5",
    "Makefile": "all:\n\tpython main.py --seed 6",
    "README.md": "Install torch 1.8",
    "notes/how.md": "call `made`",
    "notes/how.rst": "call `made`",
    "notes/how.txt": "call `made`",
    "requirements.txt": "-r lists/these.in\n-r lists/those.pip\n-r lists/names.txt\nnumpy",
    "lists/these.in": "torch==1.8",
    "lists/those.pip": "pandas",
    "lists/names.txt": "scipy",
    "environment.yml": "name: a\ndependencies:\n- pytorch=1.8",
    "Pipfile": "",
    "poetry.lock": "",
    "pyproject.toml": "",
    "setup.cfg": "",
    "setup.py": "",
    "cog.yaml": "",
    "Dockerfile": "RUN pip install torch",
    ".seedwatch.toml": "",
}  # fmt: skip
_GIN = """
import gin

@gin.configurable
def train(num_workers=0):
    for b in DataLoader(D(), num_workers=num_workers): pass

train()
"""
_CONFIGURED = """
import json

cfg = json.load(open("settings"))
for b in DataLoader(D(), num_workers=cfg["num_workers"]): pass
"""
_UNUSED = """
def used():
    for b in DataLoader(D(), num_workers=0): pass

def unused():
    for b in DataLoader(D(), num_workers=4): pass

used()
"""
_NEVER = ("picture.png", "data/info.csv", "labels/a.txt.gz", "main.cu", "weights.pth")


class _WatchedTree(MemoryTree):
    """Notes which files it is asked for."""

    def __init__(self, files: Files) -> None:
        super().__init__(files)
        self.asked: set[str] = set()

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes | None]]:
        asked = list(entries)
        self.asked.update(entry.path for entry in asked)
        return super().read(asked)


def _tree(*others: str) -> _WatchedTree:
    files = {path: text.encode() for path, text in _EACH_KIND.items()}
    return _WatchedTree({**files, **dict.fromkeys(others, b"")})


def test_nothing_is_asked_for_that_is_not_told_from_its_path() -> None:
    tree = _tree(*_NEVER)
    analyse(tree)
    assert tree.asked == set(_EACH_KIND), "each kind, or the test says nothing of it"
    assert set(may_be_read(tree.files)) == tree.asked


@pytest.mark.parametrize(
    ("code", "path", "text"),
    [
        (_GIN, "a.gin", "train.num_workers = 8\n"),
        (_CONFIGURED, "conf/a.json5", '{"num_workers": 0}'),
        (_CONFIGURED, "model.json", '{"num_workers": 0}'),
        (_UNUSED, "docs/usage.md", "Call `unused()`"),
    ],
    ids=["gin", "json5", "json", "md"],
)
def test_what_is_fetched_file_by_file_says_what_the_whole_does(code: str, path: str, text: str) -> None:
    whole = {"main.py": (_LOADER + code).encode(), path: text.encode()}
    without = analyse(MemoryTree({"main.py": whole["main.py"]}))
    said = analyse(MemoryTree(whole))
    assert (said.verdict, said.pairs) != (without.verdict, without.pairs), "the file is of no weight"
    assert analyse(MemoryTree({each: whole[each] for each in may_be_read(whole)})) == said


@pytest.mark.parametrize(("folder", "number"), [("annotations", 0), ("configs", 500)])
def test_many_files_beside_each_other_are_data_unless_their_folder_says_otherwise(folder: str, number: int) -> None:
    paths = [f"{folder}/{n:04}.json" for n in range(800)]
    assert may_be_read(paths) == paths[:number]
    tree = _tree(*paths)
    analyse(tree)
    assert sorted(path for path in tree.asked if path.startswith(f"{folder}/0")) == paths[:number]

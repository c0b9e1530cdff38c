"""The document itself: same input, same bytes; names that outlive moved lines; and back through the model."""

import json
from pathlib import Path

import pytest

from analysis.engine import analyse
from analysis.report import SCHEMA, Report
from analysis.tree import DirectoryTree

from .examples import Check, counted, drawn

DATA = """import numpy as np
from torch.utils.data import Dataset

class Set(Dataset):
    def __init__(self):
        self.rng = np.random.RandomState(0)

    def __getitem__(self, index):
        return np.random.rand() + self.rng.rand()


class Clean(Dataset):
    def __getitem__(self, index):
        return np.random.default_rng().random()
"""
TRAIN = """from torch.utils.data import DataLoader
from data import Clean, Set

train = DataLoader(Set(), num_workers=4, shuffle=True)
clean = DataLoader(Clean(), num_workers=4)
"""
FILES = {"data.py": DATA, "train.py": TRAIN, "broken_loader.py": "from torch import DataLoader\n)(\n"}


def test_same_input_same_bytes(check: Check) -> None:
    assert check(FILES).to_json() == check(FILES).to_json()


def test_same_bytes_whatever_the_order_of_the_files(check: Check) -> None:
    backwards = dict(reversed(FILES.items()))
    assert check(FILES).to_json() == check(backwards).to_json()


def test_schema_comes_first(check: Check) -> None:
    document = json.loads(check(FILES).to_json())
    assert next(iter(document.items())) == ("schema", SCHEMA)


def test_round_trip(check: Check) -> None:
    report = check(FILES)
    assert len(report.pairs) == 3
    assert Report.model_validate_json(report.to_json()) == report


def test_unknown_fields_are_refused(check: Check) -> None:
    document = json.loads(check(FILES).to_json())
    with pytest.raises(ValueError, match="surprise"):
        Report.model_validate(document | {"surprise": 1})


def test_the_clock_belongs_to_the_caller(check: Check) -> None:
    assert check(FILES).cost.seconds == 0.0


def test_worst_pair_comes_first_and_clean_ones_are_listed(check: Check) -> None:
    report = check(FILES)
    found = [(pair.dataset, pair.draw_kind, pair.legacy, pair.modern) for pair in report.pairs]
    assert found == [
        ("Set", "instance", "duplicate", "duplicate"),
        ("Set", "global", "duplicate", "clean"),
        ("Clean", "fresh", "clean", "clean"),
    ]
    assert (report.legacy, report.modern, report.has_bug) == ("duplicate", "duplicate", True)


def test_every_pair_says_why_and_bugs_say_what_to_write(check: Check) -> None:
    for pair in check(FILES).pairs:
        assert pair.why
        assert (pair.fix is not None) == (pair.dataset == "Set")


def test_lines_of_entry_loader_and_way(check: Check) -> None:
    report = check(FILES)
    assert drawn(report) == {"data.py:9", "data.py:14"}
    assert {(pair.entry, pair.loader) for pair in counted(report)} == {
        ("data.py:8", "train.py:4"),
        ("data.py:13", "train.py:5"),
    }
    assert report.pairs[0].draws[0].via == ["data.py:8 Set.__getitem__"]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"data.py": "# a comment\n\n" + DATA, "train.py": TRAIN}, id="lines_above_the_dataset"),
        pytest.param({"data.py": DATA, "train.py": '"""Trains."""\n\n' + TRAIN}, id="lines_above_the_loader"),
        pytest.param(
            {"data.py": DATA.replace("        return np", "\n\n        return np"), "train.py": TRAIN}, id="draw"
        ),
        pytest.param({"data.py": DATA, "train.py": TRAIN.replace("(Set()", "(\n    Set()")}, id="call_over_more_lines"),
        pytest.param({"data.py": DATA, "train.py": TRAIN, "other.py": "import torch\n"}, id="another_file"),
    ],
)
def test_ids_outlive_moved_lines(check: Check, files: dict[str, str]) -> None:
    assert [pair.id for pair in check(files).pairs] == [pair.id for pair in check(FILES).pairs]


def test_ids_tell_pairs_apart(check: Check) -> None:
    ids = [pair.id for pair in check(FILES).pairs]
    assert len(set(ids)) == len(ids)


def test_a_single_file(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(DATA + TRAIN.replace("from data import Clean, Set\n", ""))
    (tmp_path / "unrelated.py").write_text("import torch\n)(\n")
    report = analyse(DirectoryTree.single(program))
    assert drawn(report) == {"program.py:9", "program.py:14"}
    assert (report.cost.files, report.unread) == (1, [])


def test_folders_of_tools_are_left_out(check: Check) -> None:
    """A copy that Jupyter saved is a notebook of yesterday."""
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": DATA + TRAIN}
    cell["source"] = cell["source"].replace("from data import Clean, Set\n", "")
    notebook = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    report = check(
        {
            "work.ipynb": notebook,
            ".ipynb_checkpoints/work-checkpoint.ipynb": notebook,
            "deep/.ipynb_checkpoints/work-checkpoint.py": DATA + TRAIN,
            "deep/.venv/work.py": DATA + TRAIN,
        }
    )
    assert drawn(report) == {"work.ipynb:c0:9", "work.ipynb:c0:14"}
    assert (report.cost.files, report.unread) == (1, [])


def test_a_name_given_by_the_caller_is_kept(tmp_path: Path) -> None:
    assert analyse(DirectoryTree(tmp_path), repo="owner/name").repo == "owner/name"

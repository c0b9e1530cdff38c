"""Facts of many files: what is parsed, what is taken from a cache, and what a cache can do to a report."""

import ast
from collections.abc import Mapping, Sequence
from textwrap import dedent

import pytest

from analysis.engine import analyse
from analysis.facts.reading import FactsReader, facts_key
from analysis.link.project import Project
from analysis.report import Report
from tests.support.trees import MemoryTree

FILES = {
    "data.py": dedent("""
        import numpy as np
        from torch.utils.data import Dataset

        class Noisy(Dataset):
            def __getitem__(self, index):
                def inner(): return np.random.rand()
                return self.noise(index) + inner() + (lambda: np.random.normal())()
            def noise(self, index):
                for _ in range(3):
                    index = index + np.random.rand()
                return index
        """).encode(),
    "train.py": b"from torch.utils.data import DataLoader\nfrom data import Noisy\n"
    b"def main():\n    for batch in DataLoader(Noisy(), num_workers=4):\n        pass\nmain()\n",
    "old.py": b"import torch\nprint 'hello'\n",
    "broken.py": b"import torch\ndef (:\n",
    "note.ipynb": b'{"cells": [{"cell_type": "code", "source": ["import torch\\n", "x = 1"]}]}',
    "requirements.txt": b"torch\n",
}


class Kept:
    """A cache that keeps all and counts what it is asked."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}
        self.hits = 0

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        found = {key: self.rows[key] for key in keys if key in self.rows}
        self.hits += len(found)
        return found

    def put_many(self, facts: Mapping[str, bytes]) -> None:
        self.rows.update(facts)


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that Python's parser is asked."""
    asked: list[int] = []
    parse = ast.parse

    def counted(text: bytes | str) -> ast.Module:
        asked.append(len(text))
        return parse(text)

    monkeypatch.setattr(ast, "parse", counted)
    return asked


def test_a_report_from_cached_facts_is_the_same_and_parses_nothing(parses: list[int]) -> None:
    cache = Kept()
    without = analyse(MemoryTree(FILES))
    cold = analyse(MemoryTree(FILES), facts=cache)
    del parses[:]
    warm = analyse(MemoryTree(FILES), facts=cache)
    assert without.to_json() == cold.to_json() == warm.to_json()
    assert warm.legacy == "duplicate"
    assert not parses
    assert cache.hits == 5
    assert {unread.path for unread in warm.unread} == {"broken.py"}


@pytest.mark.parametrize("damage", [b"", b"\xc1", b"\x93\x01\x02\x03"], ids=["empty", "no msgpack", "other content"])
def test_rows_that_cannot_be_decoded_are_read_from_the_files(damage: bytes) -> None:
    cache = Kept()
    before = analyse(MemoryTree(FILES), facts=cache)
    kept = dict(cache.rows)
    cache.rows = dict.fromkeys(kept, damage)
    assert analyse(MemoryTree(FILES), facts=cache).to_json() == before.to_json()
    assert cache.rows == kept


def test_facts_belong_to_bytes_and_not_to_paths() -> None:
    cache = Kept()
    analyse(MemoryTree({"a.py": b"x = 1\n"}), facts=cache)
    analyse(MemoryTree({"b/c.py": b"x = 1\n", "d.py": b"x = 2\n"}), facts=cache)
    assert (len(cache.rows), cache.hits) == (2, 1)


def test_a_notebook_and_a_module_of_one_content_have_facts_of_their_own() -> None:
    text = b'{"cells": [{"cell_type": "code", "source": "y = 2"}]}'
    assert facts_key(text, notebook=True) != facts_key(text, notebook=False)
    reader = FactsReader(None, {"a.ipynb": text, "a.py": text})
    assert reader.read("a.ipynb").cells == [(0, 1)]
    assert reader.read("a.py").cells is None


def test_one_content_under_many_names_is_parsed_once(parses: list[int]) -> None:
    files = {f"copy{number}/data.py": FILES["data.py"] for number in range(50)}
    report = analyse(MemoryTree({**files, "train.py": FILES["train.py"]}))
    assert len(parses) == 2
    assert report.cost.parsed == 51


def test_copies_of_a_file_do_not_share_nodes() -> None:
    reader = FactsReader(None, {"a.py": b"x = [1]\n", "b.py": b"x = [1]\n"})
    assert reader.read("a.py").body.body[0] is not reader.read("b.py").body.body[0]


def test_code_too_deep_for_the_cache_is_read_all_the_same() -> None:
    deep = {"deep.py": b"x = " + b" + ".join([b"1"] * 4000) + b"\n"}
    cache = Kept()
    reports: list[Report] = [analyse(MemoryTree(deep), facts=cache) for _ in range(2)]
    assert reports[0].to_json() == reports[1].to_json() == analyse(MemoryTree(deep)).to_json()


def test_the_words_of_a_notebook_are_those_of_its_code() -> None:
    picture = b'{"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo+AAAA/word"}}'
    cell = b'{"cell_type": "code", "source": ["loader = DataLoader(data)\\n"], "outputs": [' + picture + b"]}"
    project = Project(MemoryTree({"a.ipynb": b'{"cells": [' + cell + b"]}", "b.py": b"word = 1\n", "c.ipynb": b"word"}))
    assert project.mentioning("DataLoader") == ["a.ipynb"]
    assert project.mentioning("iVBORw0KGgo") == []
    assert project.mentioning("word") == ["b.py", "c.ipynb"]


def test_an_old_notebook_with_odd_cells_is_named() -> None:
    report = analyse(MemoryTree({"old.ipynb": b'{"worksheets": [{"cells": [7]}]}'}))
    assert [unread.path for unread in report.unread] == ["old.ipynb"]

"""The lines of code that a page shows: few, the right ones, and harmless."""

import json
from collections.abc import Mapping
from pathlib import Path

from analysis.report import Draw
from analysis.tree import DirectoryTree
from miner.jobs.excerpts import MOST_EXCERPTS, Excerpt, blobs_of, excerpts_of
from tests.support.reports import pair, report


def excerpts(folder: Path, files: Mapping[str, str], *places: str, loader: str = "gone.py:1") -> list[Excerpt]:
    """The excerpts of a report whose pair draws at these places, over a folder with these files."""
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())
    draws = []
    for place in places:
        path, _, line = place.rpartition(":")
        draws.append(Draw(path=path, line=int(line), api="numpy.random.rand", kind="global", via=[]))
    found = report(pairs=[pair(draws=draws, loader=loader, entry="gone.py:1", workers_evidence=None)])
    return excerpts_of(found, DirectoryTree(folder), {})


def numbered(lines: int) -> str:
    return "".join(f"line {number}\n" for number in range(1, lines + 1))


def test_at_most_ten_lines_around_a_line(tmp_path: Path) -> None:
    (one,) = excerpts(tmp_path, {"a.py": numbered(30)}, "a.py:15")
    assert (one["path"], one["first_line"]) == ("a.py", 11)
    assert one["text"].splitlines() == [f"line {number}" for number in range(11, 21)]


def test_the_ends_of_a_file(tmp_path: Path) -> None:
    first, last = excerpts(tmp_path, {"a.py": numbered(30).rstrip()}, "a.py:1", "a.py:30")
    assert (first["first_line"], first["text"].count("\n")) == (1, 5)
    assert last["text"].splitlines()[-1] == "line 30"


def test_a_line_that_is_shown_already_has_no_excerpt_of_its_own(tmp_path: Path) -> None:
    found = excerpts(tmp_path, {"a.py": numbered(30)}, "a.py:10", "a.py:12", "a.py:15", loader="a.py:9")
    assert [one["first_line"] for one in found] == [6, 11]


def test_lines_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    assert excerpts(tmp_path, {"a.py": "x\n"}, "a.py:9", "b.py:1") == []


def test_lines_are_counted_as_python_counts_them(tmp_path: Path) -> None:
    (one,) = excerpts(tmp_path, {"a.py": "one\r\ntwo\rthree\x0cstill three\n\u2028four\n"}, "a.py:3")
    assert one["text"].split("\n")[2] == "three\x0cstill three"


def test_a_long_line_is_cut(tmp_path: Path) -> None:
    (one,) = excerpts(tmp_path, {"a.py": "x" * 10_000}, "a.py:1")
    assert len(one["text"]) == 300


def test_cells_of_a_notebook(tmp_path: Path) -> None:
    cells = [{"cell_type": "markdown", "source": ["title"]}, {"cell_type": "code", "source": ["a = 1\n", "b = 2"]}]
    files = {
        "n.ipynb": json.dumps({"cells": cells}),
        "old.ipynb": json.dumps({"worksheets": [{"cells": [{"input": "c"}]}]}),
    }
    found = excerpts(tmp_path, files, "n.ipynb:c1:2", "old.ipynb:c0:1", "n.ipynb:c7:1")
    assert [(one["path"], one["text"]) for one in found] == [("n.ipynb:c1", "a = 1\nb = 2"), ("old.ipynb:c0", "c")]


def test_a_broken_notebook_has_none(tmp_path: Path) -> None:
    assert excerpts(tmp_path, {"n.ipynb": "[" * 100_000}, "n.ipynb:c0:1") == []


def test_a_flood_is_cut_off(tmp_path: Path) -> None:
    places = [f"a.py:{number}" for number in range(1, 10_000, 20)]
    assert len(excerpts(tmp_path, {"a.py": numbered(10_000)}, *places)) == MOST_EXCERPTS


def test_blobs_are_unknown_outside_git(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("x")
    assert blobs_of(report(), DirectoryTree(tmp_path)) == {}

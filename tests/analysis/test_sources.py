"""Files as they are found: old, oddly encoded, broken, empty, huge. What cannot be read is named; nothing raises."""

import json

import pytest

from .examples import OLD_TORCH, Check, counted, drawn

TRAIN = "from torch.utils.data import DataLoader\nfrom data import Set\nloader = DataLoader(Set(), num_workers=2)\n"
SOUND = "import numpy as np\nclass Set:\n    def __getitem__(self, index):\n        return np.random.rand()\n"


def source(head: str = "", statement: str = "pass") -> tuple[str, int]:
    """A drawing dataset with something special in it, and the line of its draw."""
    lines = [
        *head.splitlines(),
        "import numpy as np",
        "class Set:",
        "    def __getitem__(self, index):",
        *(f"        {line}" for line in statement.splitlines()),
        "        return np.random.rand()",
    ]
    return "\n".join(lines) + "\n", len(lines)


@pytest.mark.parametrize(
    ("head", "statement"),
    [
        pytest.param("", "print 'index', index", id="print_statement"),
        pytest.param("import sys", "print >>sys.stderr, index", id="print_to_a_file"),
        pytest.param("", "print 'a %d' % index,", id="print_without_a_new_line"),
        pytest.param("", "print 'a %d (%d' % (index,\n    index)  # (", id="print_in_brackets_over_two_lines"),
        pytest.param("", "print 'a %d' % \\\n    index", id="print_that_goes_on"),
        pytest.param("", 'print """a\n\'%d\n""" % index, \'b\'', id="print_of_a_long_text"),
        pytest.param("", "try:\n    pass\nexcept IOError, error:\n    pass", id="except_with_a_comma"),
        pytest.param("", "raise_it = 0\nif raise_it:\n    raise ValueError, 'bad'", id="raise_with_a_comma"),
        pytest.param("", "name = `index`", id="backticks"),
        pytest.param("", "mode = 0755; big = 10L; word = ur'x'", id="old_numbers_and_strings"),
        pytest.param("", "if index <> 3:\n    pass", id="old_inequality"),
        pytest.param("", "exec 'x = 1' in {}", id="exec_statement"),
    ],
)
def test_python_2(check: Check, head: str, statement: str) -> None:
    text, line = source(head, statement)
    report = check({"data.py": text, "train.py": TRAIN})
    assert (drawn(report), report.unread) == ({f"data.py:{line}"}, [])


@pytest.mark.parametrize(
    ("head", "statement"),
    [
        pytest.param("class Box[T: (int, str)]:\n    pass", "pass", id="class_with_type_parameters"),
        pytest.param("def first[T](items: list[T]) -> T:\n    return items[0]", "pass", id="function_with_them"),
        pytest.param("type Pair[T] = tuple[T, T]", "pass", id="type_statement"),
        pytest.param("", "name = f'{str(index).split('.')[0]}_{{}}_{'a'}'", id="quotes_within_a_formatted_string"),
    ],
)
def test_newer_python(check: Check, head: str, statement: str) -> None:
    text, line = source(head, statement)
    report = check({"data.py": text, "train.py": TRAIN})
    assert (drawn(report), report.unread) == ({f"data.py:{line}"}, [])


@pytest.mark.parametrize(
    ("head", "statement", "fault"),
    [
        pytest.param("", "table = {'a': 1\n         'b': 2}", "comma", id="comma_that_is_missing"),
        pytest.param("class nn.Norm(nn.Norm):\n    x = 1", "pass", "line 1", id="class_with_a_dotted_name"),
        pytest.param("if __name__ == '__main__':", "pass", "indented block", id="header_without_a_block"),
        pytest.param("<<<<<<< HEAD", "pass", "line 1", id="mark_of_a_merge"),
        pytest.param("", "keep = filter(lambda (_, n): n, [])", "lambda", id="lambda_that_takes_a_pair_apart"),
    ],
)
def test_a_broken_statement_is_named_and_hides_no_other(check: Check, head: str, statement: str, fault: str) -> None:
    text, line = source(head, statement)
    report = check({"data.py": text, "train.py": TRAIN})
    assert drawn(report) == {f"data.py:{line}"}
    assert [unread.path for unread in report.unread] == ["data.py"]
    assert fault in report.unread[0].reason.lower()
    assert "the rest is read" in report.unread[0].reason


@pytest.mark.parametrize("stray", ["folder/of/them", "x", "# said\nx  # twice"])
def test_a_line_that_stands_out_of_its_block_hides_no_other(check: Check, stray: str) -> None:
    statements = "\n".join(f"        step = {number}" for number in range(30))
    head = "import numpy as np\nclass Set:\n    def __getitem__(self, index):\n        index += 1"
    text = f"{head}\n{stray}\n{statements}\n        return np.random.rand()\n"
    report = check({"data.py": text, "train.py": TRAIN})
    assert drawn(report) == {f"data.py:{text.count(chr(10))}"}
    assert [unread.path for unread in report.unread] == ["data.py"]
    assert f"unexpected indent (line {5 + stray.count(chr(10))})" in report.unread[0].reason


@pytest.mark.parametrize("header", ["elif $later:", "else $:"])
def test_what_stands_below_a_broken_branch_is_read(check: Check, header: str) -> None:
    statement = f"if index:\n    return 1\n{header}\n    return np.random.rand()"
    text, line = source(statement=statement)
    report = check({"data.py": text, "train.py": TRAIN})
    assert f"data.py:{line - 1}" in drawn(report)
    assert [unread.path for unread in report.unread] == ["data.py"]


def test_a_method_whose_header_is_broken_is_one(check: Check) -> None:
    text = "import numpy as np\nclass Set:\n    def __len__(self):\n        return 4\n    def __getitem__(self, $):\n"
    report = check({"data.py": f"{text}        return np.random.rand()\n", "train.py": TRAIN})
    assert drawn(report) == {"data.py:6"}
    assert "line 5" in report.unread[0].reason


def test_lines_of_a_notebook_that_end_as_on_an_old_macintosh(check: Check) -> None:
    cells = ["x = 1\r  y = 2", SOUND.replace("\n", "\r")]
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]})
    assert drawn(check({"data.ipynb": notebook, "train.py": TRAIN})) == set()
    assert check({"sets.ipynb": notebook}).unread == []


def test_a_sum_of_more_terms_than_can_be_followed_is_said(check: Check) -> None:
    text, _ = source(statement="value = eval(" + " + ".join(["index"] * 6_100) + ")")
    report = check({"data.py": text, "train.py": TRAIN})
    assert [(unread.path, unread.reason) for unread in report.unread] == [("data.py", "nested too deeply")]


def test_a_long_sum_in_a_text_that_is_evaluated(check: Check) -> None:
    text, line = source(statement="value = eval(" + " + ".join(["index"] * 5_900) + ")")
    assert drawn(check({"data.py": text, "train.py": TRAIN})) == {f"data.py:{line}"}


def test_a_print_that_is_followed_by_another_statement(check: Check) -> None:
    text, line = source(statement="print 'a'; y = [1,\n    2]")
    assert drawn(check({"data.py": text, "train.py": TRAIN})) == {f"data.py:{line}"}


def test_text_that_is_not_python_gives_nothing(check: Check) -> None:
    prose = "This is a letter, and np.random.rand() stands in it.\n" * 30
    report = check({"data.py": prose, "train.py": TRAIN})
    assert (report.eligible, drawn(report)) == (False, set())
    assert [unread.path for unread in report.unread] == ["data.py"]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(SOUND.encode("utf-8-sig"), id="byte_order_mark"),
        pytest.param(SOUND.encode().replace(b"\n", b"\r\n"), id="lines_of_windows"),
        pytest.param(SOUND.encode().rstrip(b"\n"), id="no_line_end_at_the_end"),
        pytest.param(SOUND.encode() + b"\n# \xe9t\xe9 in an encoding nobody declared\n", id="undeclared_encoding"),
        pytest.param(SOUND.replace("    ", "\t").encode(), id="tabs"),
        pytest.param(SOUND.replace("        return", "\treturn").encode(), id="tabs_beside_spaces"),
        pytest.param(SOUND.encode().replace(b"class", b"\x0cclass"), id="form_feed"),
        pytest.param(SOUND.encode() + b"name = '\x00'\n", id="null_byte"),
    ],
)
def test_bytes(check: Check, data: bytes) -> None:
    report = check({"data.py": data, "train.py": TRAIN})
    assert (drawn(report), report.unread) == ({"data.py:4"}, [])
    assert (report.legacy, report.modern) == OLD_TORCH


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "koi8-r", "gbk"])
def test_declared_encoding(check: Check, encoding: str) -> None:
    word = {"koi8-r": "слово", "gbk": "随机"}.get(encoding, "été")
    text = f"# -*- coding: {encoding} -*-\nname = '{word}'\n{SOUND}"
    report = check({"data.py": text.encode(encoding), "train.py": TRAIN})
    assert (drawn(report), report.unread) == ({"data.py:6"}, [])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"import numpy as np\nnp.random.rand(\nclass ((:\n", "syntax", id="syntax_error"),
        pytest.param(
            b"import numpy as np\nnp.random.rand(" + b"(" * 10_000 + b")" * 10_000 + b")\n",
            "nested",
            id="ten_thousand_parentheses",
        ),
        pytest.param(
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n# DataLoader\n",
            "large file storage",
            id="pointer_to_large_file_storage",
        ),
        pytest.param(b"from torch.utils.data import DataLoader\n" + b"x = 1\n" * 520_000, "too large", id="three_mb"),
        pytest.param(b"\x89PNG\r\n\x1a\n DataLoader np.random \xff\xfe\x00", "syntax", id="picture_called_py"),
    ],
)
def test_unread_is_named_and_hides_nothing_else(check: Check, data: bytes, reason: str) -> None:
    users = "from broken_loader import something\n"
    report = check({"broken_loader.py": data, "data.py": SOUND, "train.py": users + TRAIN})
    assert drawn(report) == {"data.py:4"}
    assert [unread.path for unread in report.unread] == ["broken_loader.py"]
    assert reason in report.unread[0].reason


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"\xef\xbb\xbf", b"# only a comment", b'"""Only a docstring of a DataLoader."""'],
    ids=["nothing", "a_line_end", "byte_order_mark_alone", "comment", "docstring"],
)
def test_files_without_code(check: Check, data: bytes) -> None:
    report = check({"empty.py": data, "data.py": SOUND, "train.py": "import empty\n" + TRAIN})
    assert (drawn(report), report.unread) == ({"data.py:4"}, [])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"cells": 3}',
        b'{"cells": [{"cell_type": "code", "source": 3}]}',
        b"\xff DataLoader",
    ],
    ids=["nothing", "cut_off", "list", "null", "cells_are_a_number", "source_is_a_number", "not_utf8"],
)
def test_broken_notebooks(check: Check, data: bytes) -> None:
    report = check({"n.ipynb": data, "data.py": SOUND, "train.py": TRAIN})
    assert drawn(report) == {"data.py:4"}
    assert len(counted(report)) == 1


def test_no_files(check: Check) -> None:
    report = check({})
    assert (report.eligible, report.why_not_eligible, report.pairs, report.unread) == (False, "no_torch", [], [])


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(
            "far = [2**9, 10000000000000000000, -10000000000000000000, -9223372036854775809]", id="far_numbers"
        ),
        pytest.param("value = " + " + ".join(["1"] * 5_000), id="sum_of_five_thousand"),
        pytest.param("value = " + "[" * 150 + "]" * 150, id="list_in_lists"),
        pytest.param("value = index" + ".next()" * 2_000, id="chain_of_two_thousand_calls"),
        pytest.param("\n".join(f"value = {n}" for n in range(3_000)), id="three_thousand_statements"),
    ],
)
def test_generated_code(check: Check, statement: str) -> None:
    text, line = source(statement=statement)
    assert drawn(check({"data.py": text, "train.py": TRAIN})) == {f"data.py:{line}"}


def _branches(count: int) -> str:
    return "if index == 0:\n    value = 0\n" + "".join(
        f"elif index == {n}:\n    value = {n}\n" for n in range(1, count)
    )


def test_fifteen_hundred_branches(check: Check) -> None:
    text, line = source(statement=_branches(1_500))
    assert drawn(check({"data.py": text, "train.py": TRAIN})) == {f"data.py:{line}"}


def test_more_branches_than_can_be_followed_are_said(check: Check) -> None:
    text, _ = source(statement=_branches(1_501))
    report = check({"data.py": text, "train.py": TRAIN})
    assert [(unread.path, unread.reason) for unread in report.unread] == [("data.py", "nested too deeply")]


def test_code_that_goes_round_in_circles(check: Check) -> None:
    data = """import numpy as np
from data import Set as Other
class Base(Other):
    pass
class Set(Base):
    def __init__(self):
        self.inner = Set()
        self.value = self.value
    def __getitem__(self, index):
        return self.other(index)
    def other(self, index):
        self.inner[index]
        return self[index] + np.random.rand()
"""
    assert drawn(check({"data.py": data, "train.py": TRAIN})) == {"data.py:13"}

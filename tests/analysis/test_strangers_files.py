"""What a stranger's file holds ends no analysis: neither by an error, nor by work that grows faster than the file."""

import json
import tracemalloc
from collections.abc import Callable
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.answers import ANSWERS_FILE
from analysis.facts.mending import newer
from analysis.facts.python2 import modernise
from analysis.facts.source import LARGEST_SOURCE, UnreadableError, parse_source, quiet_magics
from analysis.link.loaders.needles import may_make_loader
from analysis.policy import NotTomlError, read_policy
from analysis.report import Report
from analysis.tomltext import TomlError, read_toml
from tests.analysis.test_robustness import report_of

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
MANY = 200_000
"""Repetitions of which work that grows with their square would take hours."""

EMPTY = "\n" * MANY
SEEDED = "import torch\ntorch.manual_seed(0)\n"
PROGRAM = """
import argparse
import numpy as np
import toml
from torch.utils.data import DataLoader, Dataset
class Noise(Dataset):
    def __getitem__(self, index):
        return np.random.rand()
parser = argparse.ArgumentParser()
parser.add_argument("--config")
args = parser.parse_args()
config = toml.load(args.config)
np.random.seed(config["seed"])
for batch in DataLoader(Noise(), num_workers=config["num_workers"]):
    pass
"""
PAIR = """
import numpy as np
from torch.utils.data import DataLoader, Dataset
class Noise(Dataset):
    def __getitem__(self, index):
        return np.random.rand()
for batch in DataLoader(Noise(), num_workers=4):
    pass
"""


def beside_a_pair(path: str, text: str) -> Report:
    """The report of a repository with one pair and a stranger's file."""
    report = report_of({"main.py": PAIR.encode(), path: text.encode()})
    assert len(report.pairs) == 1
    return report


def asked_for(path: str, text: str) -> tuple[str, str | None]:
    """Which torch a repository asks for that has one such file, and where it says so."""
    torch = beside_a_pair(path, text).torch
    return torch.range, torch.evidence


class TestNothingRaises:
    @pytest.mark.parametrize(
        ("path", "text"),
        [
            pytest.param("setup.cfg", "[options]\ninstall_requires\n    torch\n", id="no value but what is below it"),
            pytest.param("setup.cfg", "install_requires = torch\n[\n[]\n= 1\n", id="no section"),
            pytest.param("pyproject.toml", "[tool.setuptools.dynamic]\ndependencies = {file = 3}\n", id="no list"),
            pytest.param("pyproject.toml", f"x = {'1' * 5000}\n", id="an endless number"),
            pytest.param("Pipfile", f"x = {'1' * 5000}\n", id="an endless number in a Pipfile"),
            pytest.param(ANSWERS_FILE, f"answer = {'1' * 5000}\n", id="an endless number in answers"),
            pytest.param("conf.toml", f"seed = 0x{'f' * 5000}\n", id="an endless number in settings"),
            pytest.param(ANSWERS_FILE, "a." * 5000 + "a = 1\n", id="an endless key in answers"),
            pytest.param(
                "setup.py",
                f'from setuptools import setup\nv = 0x{"f" * 5000}\nsetup(install_requires=[f"torch=={{v}}"])\n',
                id="a number that is no text",
            ),
            pytest.param(
                "names.py", 'import torch\nkind = "a.b".split(".", 9223372036854775808)\n', id="a large count"
            ),
            pytest.param(
                "seeds.py",
                "import numpy as np\nfor seed in range(9223372036854775813):\n    np.random.seed(seed)\n",
                id="a range longer than an index",
            ),
        ],
    )
    def test_of(self, path: str, text: str) -> None:
        report_of({"main.py": PROGRAM.encode(), path: text.encode()})

    @pytest.mark.parametrize("call", ["split('.', {})", "replace('a', 'b', {})", "rsplit('.', -{})"])
    def test_of_counts_that_no_index_can_be(self, call: str) -> None:
        name = f"'a.b'.{call.format(2**63)}"
        source = PAIR.replace("DataLoader(Noise()", f"DataLoader(Noise({name}[0])").replace(
            "def __getitem__", "def __init__(self, name):\n        self.name = getattr(np, name)\n    def __getitem__"
        )
        report_of({"main.py": source.encode()})

    def test_of_seeds_that_an_endless_loop_goes_through(self) -> None:
        source = f"import torch\nfor seed in range({2**63 + 5}):\n    torch.manual_seed(seed)\n"
        assert report_of({"main.py": source.encode()}).seeds == []

    @pytest.mark.parametrize("brackets", ["[" * 5000, "{a=" * 5000])
    def test_of_a_policy(self, brackets: str) -> None:
        with pytest.raises(NotTomlError, match="nested too deeply"):
            read_policy(f"[tool.seedwatch]\nignore = {brackets}".encode())

    def test_of_settings_with_an_endless_key(self) -> None:
        text = "a" + ".a" * 13_000 + ".num_workers = 1\n"
        report_of({"main.py": PROGRAM.encode(), "conf.toml": text.encode()})


class TestToml:
    @pytest.mark.parametrize(
        "text",
        [
            "a = ",
            f"a = {'1' * 5000}",
            f"a = {'[' * 5000}",
            "a" + ".a" * 100 + " = 1",
            'a . "b.c" .' * 40 + "a = 1",
            "a = [" + "{a.a.a.a.a.a.a.a.a.a = [" * 90 + "]}" * 90 + "]",
        ],
        ids=["broken", "an endless number", "brackets", "a long key", "a spaced key", "both"],
    )
    def test_what_nobody_writes(self, text: str) -> None:
        with pytest.raises(TomlError):
            read_toml(text)

    def test_what_people_write(self) -> None:
        text = f'[a.b."c.d".e]\ntext = "{"word." * 20}"\nnumbers = [{"1.5, " * 100}]\n'
        assert read_toml(text) == {"a": {"b": {"c.d": {"e": {"text": "word." * 20, "numbers": [1.5] * 100}}}}}


class TestWhereRequirementsStand:
    def test_tables(self) -> None:
        text = dedent("""
            [tool.poetry]
            description = "For torch"
            [tool.poetry.dependencies]
            "" = "1"
            python = "^3.8"
            "torch" = ">=1.9"
        """)
        assert asked_for("pyproject.toml", text) == (">=1.9", "pyproject.toml:7")

    @pytest.mark.parametrize(
        "entry", ["[tool.poetry.dependencies.torch]\nversion = '>=1.9'", "[tool.poetry]\ndependencies.torch = '>=1.9'"]
    )
    def test_a_table_of_its_own(self, entry: str) -> None:
        text = f"# torch\n\n{entry}\n"
        line = 3 if "version" in entry else 4
        assert asked_for("pyproject.toml", text) == (">=1.9", f"pyproject.toml:{line}")

    @pytest.mark.parametrize(
        "text",
        [
            "# torch\n\n[project]\nname = 'a'\ndependencies = [\n  'numpy', \"torch>=1.9\", # the one\n]\n",
            "# torch\n\n[project]\nname = 'a'\n\ndependencies = ['torch>=1.9']\n",
        ],
    )
    def test_lists(self, text: str) -> None:
        assert asked_for("pyproject.toml", text) == (">=1.9", "pyproject.toml:6")

    @pytest.mark.parametrize(
        "text",
        [
            "[metadata]\nname = torch\n[options]\ninstall_requires =\n    torch>=1.9\n    numpy\n",
            "[metadata]\nname = torch\n[options]\nzip_safe\ninstall_requires = torch>=1.9\n",
            "[metadata]\nname: torch\n[options]\ninstall_requires:\n    torch>=1.9\n# a remark\n    numpy\n",
            "[options]\ninstall_requires = numpy\n[options]\nInstall_Requires =\n\ttorch>=1.9\n",
        ],
    )
    def test_options(self, text: str) -> None:
        assert asked_for("setup.cfg", text) == (">=1.9", "setup.cfg:5")

    def test_extras_and_lists_in_files(self) -> None:
        assert asked_for("setup.cfg", "[options.extras_require]\nall =\n    torch<1.8\n") == ("<1.9", "setup.cfg:3")
        files = {
            "main.py": PAIR.encode(),
            "setup.cfg": b"[options]\ninstall_requires = file: some.txt, tests/needs.txt\n",
            "tests/needs.txt": b"\ntorch>=1.9\n",
        }
        assert report_of(files).torch.evidence == "tests/needs.txt:2"

    def test_locks(self) -> None:
        lock = {"default": {f"a{n}": {"version": "==1"} for n in range(20_000)}}
        lock["default"]["torch"] = {"version": "==1.7.1"}
        text = json.dumps(lock, indent=1)
        line = text.count("\n", 0, text.index('"torch": {')) + 1
        assert asked_for("Pipfile.lock", text) == ("<1.9", f"Pipfile.lock:{line}")


VALUES = st.recursive(
    st.sampled_from(
        ["1", '""', '"torch>=1.9"', "true", "1e999", "1979-05-27", f"0x{'f' * 5000}", "1" * 5000, "'''a\nb'''"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | st.tuples(st.sampled_from(["torch", "file", "version", "url", '""']), inner).map("{{{0[0]} = {0[1]}}}".format)
    ),
    max_leaves=6,
)
NAMES = st.sampled_from([
    "project.dependencies", "project.optional-dependencies", "project.requires-python", "dependency-groups.a",
    "tool.poetry.dependencies", 'tool.poetry.dependencies.""', "tool.poetry.group.a.dependencies", "tool.poetry",
    "tool.pixi.dependencies", "tool.setuptools.dynamic.dependencies", "tool.setuptools.dynamic.dependencies.file",
    "packages", "packages.torch", "requires.python_version", "tool.seedwatch", "tool.seedwatch.ignore", "answer",
    "seed", "num_workers", "a.num_workers", "tool", "project",
])  # fmt: skip
TOML = st.lists(
    NAMES.map("[{}]".format) | NAMES.map("[[{}]]".format) | st.tuples(NAMES, VALUES).map(" = ".join),
    min_size=1,
    max_size=3,
).map("\n".join)
INI = st.lists(
    st.sampled_from([
        "[options.extras_require]", "[", "[]", "]", "install_requires", "install_requires =", "    torch>=1.9",
        "\tnumpy", "python_requires: >=3.6", "= 1", ":", "# a", "  [options]", "install_requires = file: a.txt",
        "install_requires = file:", "all = torch", "", "num_workers = 4", "num_workers", "\x0c", "a = %(b)s",
    ]),
    max_size=8,
).map(lambda lines: "\n".join(["[options]", *lines]))  # fmt: skip
EXPRESSIONS = st.recursive(
    st.sampled_from(
        ["a", "b", "f", "'torch>=1.9'", "'reqs.txt'", "1", "0x" + "f" * 5000, "None", "...", "b'a'", "1e999"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | st.tuples(inner, inner).map(lambda sides: f"({sides[0]} + {sides[1]})")
        | st.tuples(inner, inner).map(lambda sides: f"{{'install_requires': {sides[0]}, {sides[1]}: 'torch'}}")
        | inner.map(lambda part: f"f({part})")
        | inner.map(lambda part: f"(lambda a: {part})")
        | st.sampled_from(["a", "b"]).map(lambda name: f"f'torch=={{{name}}}{{{name}!r:>9}}'")
    ),
    max_leaves=6,
)
STATEMENTS = st.sampled_from([
    "a = {}", "a = b = {}", "b += {}", "a.append({})", "def f(x): return {}", "setup(install_requires={})",
    "setup(extras_require={})", "setup(python_requires={})", "setup(**{})",
])  # fmt: skip
LINES = st.tuples(STATEMENTS, EXPRESSIONS).map(lambda line: line[0].format(line[1]))
SETUP = st.tuples(st.just(f"0x{'f' * 5000}") | EXPRESSIONS, st.lists(LINES, max_size=2)).map(
    lambda made: "\n".join([f"a = {made[0]}", *made[1], "setup(install_requires=[a, f'torch=={a}'])"])
)


class TestFilesOfAForm:
    @QUICK
    @given(TOML, st.sampled_from(["pyproject.toml", "Pipfile", "conf.toml", ANSWERS_FILE]))
    def test_toml(self, text: str, name: str) -> None:
        report_of({"main.py": PROGRAM.encode(), name: text.encode()})

    @QUICK
    @given(INI, st.sampled_from(["setup.cfg", "conf.ini", "train.conf"]))
    def test_ini(self, text: str, name: str) -> None:
        report_of({"main.py": PROGRAM.encode(), name: text.encode()})

    @QUICK
    @given(SETUP)
    def test_setup_py(self, text: str) -> None:
        report_of({"main.py": PAIR.encode(), "setup.py": text.encode()})


class TestWorkGrowsWithTheFile:
    """Each of these would take hours if the work grew with the square of what is repeated."""

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            pytest.param("setup.cfg", f"[options]\na{' ' * MANY}b\n", id="an option of spaces"),
            pytest.param("pyproject.toml", f"{'a.' * (MANY // 2)}a = 1\n", id="a key of parts"),
            pytest.param("pyproject.toml", f'project.requires-python = "1{" " * MANY}2"\n', id="a version of spaces"),
            pytest.param("Pipfile", "[packages]\n" + "".join(f"a{n}=1\n" for n in range(25_000)), id="packages"),
            pytest.param(
                "setup.py",
                "from setuptools import setup\n"
                + "".join(f"x{n} = " for n in range(12_000))
                + f"[{', '.join(f'x{n}' for n in range(12_000))}]\nsetup(install_requires=x0)\n",
                id="names of one list",
            ),
            pytest.param(
                "setup.py",
                f"a = {{{', '.join(f'{n!r}: 1' for n in range(12_000))}}}\n" + "f(**a)\n" * 12_000,
                id="calls with one dictionary",
            ),
            pytest.param("requirements.txt", f"-r{' ' * MANY}#\n", id="an inclusion of spaces"),
            pytest.param("requirements.txt", f"torch{' ' * 490}x\n" * 500, id="requirements of spaces"),
            pytest.param("requirements.txt", f"torch 1{'a.' * 200}!\n" * 500, id="a version without end"),
            pytest.param(
                "environment.yml", f"dependencies:\n- a{' ' * MANY}b\n- 'b'{' ' * MANY}c", id="items of spaces"
            ),
            pytest.param("Dockerfile", f"RUN {'a install b && ' * 16_000}\n", id="commands on a line"),
            pytest.param("run.sh", f"for {'seed' * 15_000}\n", id="a loop's name"),
            pytest.param("run.sh", "--seed 1\n" * 7_000, id="seeds of a script"),
        ],
    )
    def test_of_what_speaks_of_versions_and_seeds(self, path: str, text: str) -> None:
        beside_a_pair(path, text)

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("setup.py", f"a = '{'1' * 100_000}'\nsetup(install_requires=[f'{'{a}' * 1_000}'])\n"),
            ("Dockerfile", "ARG a=xx\n" + "ARG a=$a$a\nRUN pip install torch==$a\n" * 25),
        ],
    )
    def test_of_texts_that_are_put_together(self, path: str, text: str) -> None:
        tracemalloc.start()
        try:
            beside_a_pair(path, text)
            assert tracemalloc.get_traced_memory()[1] < 10_000_000
        finally:
            tracemalloc.stop()

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            pytest.param("conf.json", '{"num_workers": 3, "a": "' + '\\"' * 100_000 + '"}', id="quotes"),
            pytest.param("conf.toml", f"num_workers = 3\n{'#' * MANY}\n", id="remarks"),
            pytest.param(
                "conf.yaml", f"num_workers: 3\n{'#' * MANY}\n{'# num_workerss' * 3_000}\n", id="words in remarks"
            ),
            pytest.param("conf.ini", f"num_workers{'-' * MANY}\nnum_workers = 3\n", id="dashes"),
        ],
    )
    def test_of_settings(self, path: str, text: str) -> None:
        report_of({"main.py": PROGRAM.encode(), path: text.encode()})

    @pytest.mark.parametrize(
        "lines",
        [
            pytest.param(f"# torch{EMPTY}", id="empty lines"),
            pytest.param(
                f"{SEEDED}if __name__ == '__main__':\n    main()\n# unittest{EMPTY}", id="empty lines in tests"
            ),
            pytest.param(f"{SEEDED}'''__main__\nif{EMPTY}'''", id="empty lines behind a guard"),
            pytest.param(f"#{' from numpy import' * MANY}\n# randoms", id="imports in a remark"),
            pytest.param(f"import torch\n#DataLoader {'oader' * MANY}!", id="parts of a name"),
            pytest.param(f"#{'@property' * MANY}", id="properties in a remark"),
            pytest.param("#@property\n" * (MANY // 2), id="remarks of properties"),
        ],
    )
    def test_of_programs(self, lines: str) -> None:
        beside_a_pair("a.py", f"{lines}\n")
        assert not report_of({"a.py": f"{lines}\n".encode()}).pairs

    @pytest.mark.parametrize(
        "text",
        [
            "print >>" + " " * MANY,
            "print >>a," + " b" * MANY,
            "exec" + " " * MANY,
            "exec a" + " in" * MANY,
            " " * MANY + "print",
            ";print a" * MANY + '"',
            "print a" + " " * MANY + "b",
            "raise a," + " " * MANY + "b",
            "def f(" + "(a,b)" * MANY,
            "except a" + " " * MANY,
            "type a" + " " * MANY + "b",
            "type a[" + "] " * MANY,
            "class a" + " " * MANY + "[",
            "a" + " " * MANY + "?b %",
            " " * MANY + "b %",
            "a," + " " * MANY + "%b",
        ],
        ids=lambda text: text.strip()[:12].strip(),
    )
    @pytest.mark.parametrize("rewritten", [modernise, newer, quiet_magics], ids=lambda function: function.__name__)
    def test_of_lines_that_are_rewritten(self, rewritten: Callable[[str], str], text: str) -> None:
        assert "\n" not in rewritten(text)

    def test_of_many_lines_that_are_as_long_as_is_read(self) -> None:
        line = (";print a" * 124)[:990] + '"'
        assert modernise("\n".join([line] * 500)).count("\n") == 499

    def test_of_what_may_make_a_loader(self) -> None:
        assert not may_make_loader(b"# " + b"oader" * MANY + b"!")
        assert may_make_loader(b"make(Data" + b"Loader" * 3 + b"_oader_(x))")


class TestNotebooks:
    @staticmethod
    def notebook(*cells: tuple[str, str]) -> bytes:
        return json.dumps({"cells": [{"cell_type": kind, "source": source} for kind, source in cells]}).encode()

    def test_of_more_code_than_a_program_may_have(self) -> None:
        half = "x = 1\n" * (LARGEST_SOURCE // 12 + 1)
        with pytest.raises(UnreadableError, match="too large"):
            parse_source(self.notebook(("code", half), ("code", half)), notebook=True)

    def test_of_much_else_than_code(self) -> None:
        data = self.notebook(("markdown", "a picture" * LARGEST_SOURCE), ("code", "x = 1"))
        assert parse_source(data, notebook=True).cells == [(1, 1)]

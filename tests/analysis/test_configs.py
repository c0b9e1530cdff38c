"""Look-ups in configuration files: which file, which line, which section wins, and what a stranger may not do."""

from pathlib import Path

import pytest

from analysis.link.configs import ConfigIndex, ConfigValue
from analysis.tree import DirectoryTree


def index(root: Path, files: dict[str, str]) -> ConfigIndex:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return ConfigIndex(DirectoryTree(root))


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("c.yaml", "train:\n  num_workers: 4\n", ConfigValue(4, "c.yaml", 2, "train.num_workers")),
        ("c.yaml", "num-workers: 4\n", ConfigValue(4, "c.yaml", 1, "num_workers")),
        ("c.yaml", "train.num_workers: 4\n", ConfigValue(4, "c.yaml", 1, "train.num_workers")),
        ("c.yaml", "num_workers: '4'\n", ConfigValue("4", "c.yaml", 1, "num_workers")),
        ("c.yaml", "num_workers: ${data.workers}\n", ConfigValue("${data.workers}", "c.yaml", 1, "num_workers")),
        ("c.yaml", "num_workers: !!python/name:os.system x\n", ConfigValue("x", "c.yaml", 1, "num_workers")),
        ("c.yaml", "num_workers: null\n", ConfigValue(None, "c.yaml", 1, "num_workers")),
        ("c.yaml", "num_workers: yes\n", ConfigValue(True, "c.yaml", 1, "num_workers")),
        ("c.yaml", "a: &n 3\nnum_workers: *n\n", ConfigValue(3, "c.yaml", 2, "num_workers")),
        ("c.yaml", "num_workers: [2, 4]\n", ConfigValue([2, 4], "c.yaml", 1, "num_workers")),
        ("c.yaml", "num_workers:\n  desc: null\n  value: 8\n", ConfigValue(8, "c.yaml", 3, "num_workers.value")),
        ("c.yaml", "sets:\n  - name: a\n    num_workers: 2\n", ConfigValue(2, "c.yaml", 3, "sets.num_workers")),
        ("c.yaml", "num_workers: 4\nbroken: [\n", ConfigValue(4, "c.yaml", 1, "num_workers")),
        ("c.json", '{\n "a": 1,\n "train": {\n  "num_workers": 4}}', ConfigValue(4, "c.json", 4, "train.num_workers")),
        ("c.json", '{// few\n"a": "//", #\n"num_workers": 4,\n}', ConfigValue(4, "c.json", 3, "num_workers")),
        ("c.json", '{/* "num_workers":\n1, */ "num_workers": [4,],}', ConfigValue([4], "c.json", 2, "num_workers")),
        ("c.toml", "[train]\nlr = 1.0\nnum_workers = 4\n", ConfigValue(4, "c.toml", 3, "train.num_workers")),
        ("c.ini", "[train]\nnum_workers = 4 ; few\n", ConfigValue(4, "c.ini", 2, "train.num_workers")),
        ("c.cfg", "[train]\nnum_workers: 4\n", ConfigValue(4, "c.cfg", 2, "train.num_workers")),
        ("c.json5", '{"train": {\n"num_workers": 4}, // few\n}', ConfigValue(4, "c.json5", 2, "train.num_workers")),
        ("c.conf", '{"train": {\n"num_workers": 4}}', ConfigValue(4, "c.conf", 2, "train.num_workers")),
        ("c.conf", "[train]\nnum_workers = 4\n", ConfigValue(4, "c.conf", 2, "train.num_workers")),
        ("c.config", "train: {\n  num_workers: 4 # few\n}", ConfigValue(4, "c.config", 2, "train.num_workers")),
        ("c.proto", "a {\n}\ntrain {\nnum_workers: 4\n}\n", ConfigValue(4, "c.proto", 4, "train.num_workers")),
    ],
)
def test_lookup_finds_the_value_and_its_line(tmp_path: Path, path: str, text: str, expected: ConfigValue) -> None:
    assert index(tmp_path, {path: text}).lookup("num_workers") == [expected]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("c.json", '{"num_workers": '),
        ("c.json", '{"a": "num_workers"}'),
        ("c.conf", '{"num_workers": '),
        ("c.conf", "# num_workers = 4\n"),
        ("c.config", "# num_workers: 4\n"),
        ("c.config", "}}}\n{{\nnum_workers\n"),
        ("c.proto", "message Reader {\n  optional uint32 num_workers = 4;\n}\n"),
        ("c.json", '{"a": 1, // "num_workers": 4\n}'),
        ("c.json", '{"num_workers": 4 /* and so on'),
        ("c.json", '{"num_workers": ' + '"\\"' * 80_000),
        ("c.json", '{"num_workers":' + "[" * 100_000 + "]" * 100_000 + "}"),
        ("c.yaml", "num_workers: " + "[" * 100_000),
        ("c.yaml", "a: [num_workers, 4]\n"),
        ("c.yaml", "num_workers:\n  nested: {deep: 1}\n"),
        ("c.toml", "num_workers = \n"),
        ("c.yaml", "num_workers: 4 # " + "x" * 300_000),
        ("package.json", '{"num_workers": 4}'),
        (".github/c.yaml", "num_workers: 4\n"),
        ("notes.txt", "num_workers: 4\n"),
        ("c.json", '{"num_workers": ' + "9" * 10_000 + "}"),
    ],
)
def test_lookup_passes_over_what_is_broken_or_no_configuration(tmp_path: Path, path: str, text: str) -> None:
    assert index(tmp_path, {path: text}).lookup("num_workers") == []


def test_an_alias_bomb_costs_nothing(tmp_path: Path) -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    bomb = "a0: &a0 [x]\n" + "\n".join(levels) + "\nnum_workers: 4\n"
    assert [found.value for found in index(tmp_path, {"c.yaml": bomb}).lookup("num_workers")] == [4]


def test_a_key_in_its_section_is_preferred(tmp_path: Path) -> None:
    configs = index(tmp_path, {"a.yaml": "TEST:\n  WORKERS: 1\nLOADER:\n  WORKERS: 2\n", "b.yaml": "WORKERS: 3\n"})
    assert [found.value for found in configs.by_dotted(("cfg", "LOADER", "WORKERS"))] == [2]
    assert [found.value for found in configs.by_dotted(("cfg", "OTHER", "WORKERS"))] == [1, 2, 3]
    assert configs.by_dotted(("cfg", "ABSENT")) == []
    assert configs.by_dotted(()) == []


@pytest.mark.parametrize("path", ["conf/data/cifar.yaml", "conf/data.yaml"])
def test_a_folder_and_a_file_name_are_sections(tmp_path: Path, path: str) -> None:
    configs = index(tmp_path, {path: "num_workers: 4\n", "conf/other.yaml": "num_workers: 1\n"})
    assert [found.value for found in configs.by_dotted(("cfg", "data", "num_workers"))] == [4]


def test_masses_of_json_are_data_but_not_in_a_folder_for_configuration(tmp_path: Path) -> None:
    files = {f"annotations/{n}.json": '{"num_workers": 1}' for n in range(100)}
    files |= {f"configs/{n}.json": '{"num_workers": 2}' for n in range(100)}
    assert {found.value for found in index(tmp_path, files).lookup("num_workers")} == {2}

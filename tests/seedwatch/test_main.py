"""The door: help, version, mistakes, and what starting a command costs."""

import json
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer.main

from miner.settings import Settings
from seedwatch import __version__
from seedwatch.__main__ import COMMANDS, main
from seedwatch.variables import SETTINGS
from tests.conformance.table import ROWS_FOLDER

NAMES = [name for group in COMMANDS.values() for name in group]
TEXTS = {name: text for group in COMMANDS.values() for name, text in group.items()}


def modules_after(*arguments: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after running a command."""
    program = (
        "import json, os, sys; from seedwatch.__main__ import main; out = os.dup(1); os.dup2(2, 1); "
        "main(sys.argv[1:]); sys.stdout.flush(); os.write(out, json.dumps(sorted(sys.modules)).encode())"
    )
    ran = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, check=True)
    return {name.partition(".")[0] for name in json.loads(ran.stdout)}


def test_help_names_every_command(seedwatch):
    ran = seedwatch("--help")
    assert ran.status == 0
    assert all(f"  {name} " in ran.out and text in ran.out for name, text in TEXTS.items())
    assert seedwatch() == seedwatch("-h") == ran


def test_every_module_of_a_command_is_in_the_table():
    folder = Path(import_module("seedwatch.commands").__file__ or "").parent
    assert sorted(NAMES) == sorted(
        path.stem.replace("_", "-") for path in folder.glob("*.py") if path.stem != "__init__"
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_table_says_what_the_command_says_of_itself(name):
    command = typer.main.get_command(import_module(f"seedwatch.commands.{name.replace('-', '_')}").app)
    assert (command.help or "").partition("\n")[0] == TEXTS[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help(seedwatch, name):
    ran = seedwatch(name, "--help")
    assert ran.status == 0
    assert f"Usage: seedwatch {name}" in ran.out
    assert "..." not in ran.out.partition("Commands:")[2]


@pytest.mark.parametrize("name", NAMES)
def test_options_take_words_and_not_types_of_python(name):
    commands = [typer.main.get_command(import_module(f"seedwatch.commands.{name.replace('-', '_')}").app)]
    commands += getattr(commands[0], "commands", {}).values()
    for parameter in (parameter for command in commands for parameter in command.params):
        kind = parameter.type_descriptor
        told = parameter.metavar or not (kind.is_list or kind.is_ranged)
        assert told or parameter.param_type_name == "argument", parameter.name


def test_version(seedwatch):
    assert seedwatch("--version").out == f"seedwatch {__version__}\n"


def test_a_mistyped_command_is_answered_in_one_line(seedwatch):
    ran = seedwatch("chekc", ".")
    assert (ran.status, ran.err) == (2, "seedwatch: no command 'chekc'; did you mean `seedwatch check`?\n")
    assert seedwatch("qwxyz").err == "seedwatch: no command 'qwxyz'; `seedwatch --help` lists the commands.\n"


def test_a_mistyped_option_is_answered_in_one_line(seedwatch):
    ran = seedwatch("check", ".", "--fromat", "json")
    assert ran.status == 2
    assert ran.out == ""
    assert ran.err.startswith("seedwatch check: No such option: --fromat")
    assert ran.err.count("\n") == 1


def test_help_imports_no_library():
    assert not modules_after("--help") & {"typer", "rich", "pydantic", "sqlalchemy", "api", "miner", "analysis"}


def test_check_imports_nothing_of_the_database_the_service_or_the_network(tmp_path):
    (tmp_path / "train.py").write_text("import torch\n")
    loaded = modules_after("check", str(tmp_path))
    assert "analysis" in loaded
    assert not loaded & {"dbos", "sqlalchemy", "fastapi", "httpx", "github", "requests", "ssl", "altair"}


def test_a_reader_that_leaves_early_causes_no_complaint(tmp_path):
    shutil.copytree(ROWS_FOLDER, tmp_path / "rows")
    command = f"{sys.executable} -m seedwatch check {tmp_path / 'rows'} | head -c 10"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert len(ran.stdout) == 10
    assert ran.stderr == ""


def test_the_console_script_is_this_main():
    entry = next(iter(__import__("importlib.metadata", fromlist=["x"]).entry_points(name="seedwatch")))
    assert entry.load() is main


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("SEEDWATCH_CACHEDIR", "is SEEDWATCH_CACHE_DIR meant?"),
        ("SEEDWATCH_PROT", "is SEEDWATCH_PORT meant?"),
        ("SEEDWATCH_XQ", "`seedwatch config` lists them"),
    ],
)
@pytest.mark.parametrize("command", [("check", "."), ("config",)])
def test_a_variable_that_means_nothing_is_warned_of(seedwatch, tmp_path, monkeypatch, command, variable, hint):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, "1")
    ran = seedwatch(*command)
    assert (ran.status, ran.err) == (0, f"seedwatch {command[0]}: warning: {variable} is no setting; {hint}\n")


def test_every_setting_has_its_variable():
    assert list(SETTINGS) == [name.upper() for name in Settings.model_fields]


def test_variables_that_mean_something_are_not_warned_of(seedwatch, tmp_path, monkeypatch):
    for variable in ("SEEDWATCH_TRACEBACK", "SEEDWATCH_CONTACT", "SEEDWATCH_WORKERS", "SEEDWATCH"):
        monkeypatch.setenv(variable, "")
    assert seedwatch("check", tmp_path).err == ""

"""The house's plan, which pyproject.toml writes down as contracts, holds for the code as it is."""

import subprocess
import sys
import tomllib
from pathlib import Path


def test_imports_follow_the_contracts():
    ran = subprocess.run(
        [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout


def test_the_layers_are_those_of_the_plan():
    contracts = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(each for each in contracts if each["type"] == "layers")
    assert layers["layers"] == ["seedwatch", "api", "miner", "analysis"]

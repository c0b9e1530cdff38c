"""The house's plan, which pyproject.toml writes down as contracts, holds for the code as it is."""

import ast
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


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


def test_every_library_that_is_asked_for_is_used():
    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    asked_for = {canonicalize_name(Requirement(each).name) for each in project["dependencies"]}
    owners = packages_distributions()
    libraries = {canonicalize_name(owner) for module in _imported() for owner in owners.get(module, ())}
    # SQLAlchemy loads it by the name in a database's URL.
    assert asked_for - libraries == {"psycopg"}


def _imported() -> set[str]:
    """The top of every module that the program imports anywhere."""
    found = set()
    for package in ("seedwatch", "api", "miner", "analysis", "migrations"):
        for path in Path(package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_bytes())):
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found.add(node.module.partition(".")[0])
    return found

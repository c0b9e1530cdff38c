"""What others recorded and wrote of GitHub's API: brought here from the package registries when a test first asks.

Kept in a folder of the user's cache, never in the project: the recordings are PyGithub's (LGPL) and Octokit's (MIT).
"""

import ast
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

PYGITHUB = "PyGithub==2.10.0"
FIXTURES = "@octokit/fixtures@23.1.2"
GRAPHQL_SCHEMA = "@octokit/graphql-schema@15.26.1"
OPENAPI = "@octokit/openapi@23.0.2"

_OPENAPI_FILE = "package/generated/api.github.com.json"
GITHUB = "https://api.github.com"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded request and its answer; header names are in lower case."""

    source: str
    method: str
    path: str
    status: int
    headers: dict[str, str]
    body: str


def replay_data() -> Iterator[Exchange]:
    """PyGithub's own recordings, from 2012 to 2026."""
    folder = _brought(PYGITHUB, _pip)
    for path in sorted(folder.glob("**/tests/ReplayData/*.txt")):
        yield from _recorded(path)


def fixtures() -> Iterator[Exchange]:
    """Octokit's recordings, with ids and times made even."""
    folder = _brought(FIXTURES, _npm)
    for path in sorted(folder.glob("package/scenarios/api.github.com/*/normalized-fixture.json")):
        for each in json.loads(path.read_text()):
            headers = {name: str(value) for name, value in each["headers"].items()}
            body = each["response"] if isinstance(each["response"], str) else json.dumps(each["response"])
            yield Exchange(path.parent.name, each["method"].upper(), each["path"], int(each["status"]), headers, body)


def graphql_schema() -> str:
    """GitHub's GraphQL schema, in its own language."""
    return (_brought(GRAPHQL_SCHEMA, _npm) / "package" / "schema.graphql").read_text("utf-8")


def openapi() -> dict[str, Any]:
    """GitHub's description of its REST API."""
    document: dict[str, Any] = json.loads((_brought(OPENAPI, _npm) / _OPENAPI_FILE).read_text("utf-8"))
    return document


def _recorded(path: Path) -> Iterator[Exchange]:
    """The exchanges of a file: eleven lines each, the last of them empty."""
    lines = path.read_text("utf-8").split("\n")
    for first in range(0, len(lines) - 10, 11):
        _, method, host, _, target, _, _, status, headers, body = lines[first : first + 10]
        if host == "api.github.com" and status.isdigit():
            named = {name.lower(): str(value) for name, value in ast.literal_eval(headers)}
            yield Exchange(path.stem, method, target, int(status), named, body)


def _brought(package: str, bring: Any) -> Path:
    """The unpacked package, brought here by whoever is first."""
    folder = user_cache_path("seedwatch-tests", appauthor=False) / package.replace("/", "+")
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            archive = bring(package, Path(scratch))
            with tarfile.open(archive) as packed:
                wanted = [each for each in packed.getmembers() if package != OPENAPI or each.name == _OPENAPI_FILE]
                packed.extractall(Path(scratch) / "unpacked", members=wanted, filter="data")
            try:
                (Path(scratch) / "unpacked").rename(folder)
            except OSError:  # another process was as fast
                if not folder.exists():
                    raise
    return folder


def _pip(package: str, into: Path) -> Path:
    name = package.partition("=")[0]
    options = ("--quiet", "--no-deps", "--no-binary", name, "--dest", str(into))
    env = {key: value for key, value in os.environ.items() if key != "PIP_CONSTRAINT"}
    subprocess.run([sys.executable, "-m", "pip", "download", *options, package], check=True, env=env)
    return next(into.glob("*.tar.gz"))


def _npm(package: str, into: Path) -> Path:
    npm = shutil.which("npm")
    assert npm is not None, "npm brings what the tests compare with: install it (Debian: apt-get install npm)"
    subprocess.run([npm, "pack", "--silent", "--pack-destination", str(into), package], check=True, capture_output=True)
    return next(into.glob("*.tgz"))

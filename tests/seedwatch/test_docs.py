"""What README.md shows is what happens: each `console` block is run. REWRITE_EXPECTED=1 writes what came out."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from pydantic import TypeAdapter

from analysis.report import Report
from miner.settings import Settings
from seedwatch.__main__ import COMMANDS
from tests.conformance.table import ROWS_FOLDER

README = Path("README.md")
SCHEMA = Path("docs/report.schema.json")
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SESSION = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
SESSIONS = [session for block in _BLOCK.findall(README.read_text("utf-8")) for session in _SESSION.findall(block)]


@pytest.fixture
def shell(demo_repositories, tmp_path, monkeypatch):
    """Runs a line as a person would, in a folder with the demonstration repositories in `demo`."""
    (tmp_path / "demo").symlink_to(next(iter(demo_repositories.values())).parent)
    monkeypatch.setenv("COLUMNS", "88")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")

    def run(line: str) -> str:
        ran = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True)
        assert "Traceback" not in ran.stderr
        return ran.stdout.replace(str(tmp_path.resolve()), "/home/you").replace(
            str((tmp_path / "demo").resolve()), "/home/you/demo"
        )

    return run


def steady(output: str) -> str:
    """The output without what is another each time."""
    return re.sub(r"\d+\.\d+ s\b", "N s", output)


@pytest.mark.parametrize(("line", "shown"), SESSIONS, ids=[line for line, _ in SESSIONS])
def test_the_readme_shows_what_happens(shell, line, shown):
    happened = shell(line)
    if os.environ.get("REWRITE_EXPECTED"):
        README.write_text(README.read_text("utf-8").replace(f"$ {line}\n{shown}", f"$ {line}\n{happened}"), "utf-8")
        return
    assert steady(happened) == steady(shown)


def test_the_schema_of_the_report_is_that_of_the_model(seedwatch, alone):
    schema = json.dumps(TypeAdapter(Report).json_schema(mode="serialization"), indent=2) + "\n"
    if os.environ.get("REWRITE_EXPECTED"):
        SCHEMA.write_text(schema, "utf-8")
    assert SCHEMA.read_text("utf-8") == schema
    printed = seedwatch("check", alone(ROWS_FOLDER / "instance_random_state.py"), "--format", "json").out
    jsonschema.Draft202012Validator(json.loads(schema)).validate(json.loads(printed))


def test_every_command_is_in_the_readme():
    text = README.read_text("utf-8")
    missing = {name for group in COMMANDS.values() for name in group if f"seedwatch {name}" not in text}
    assert missing == {"migrate", "demo"}


def test_every_setting_that_the_readme_names_is_one():
    named = set(re.findall(r"SEEDWATCH_\w+", README.read_text("utf-8")))
    assert named <= {f"SEEDWATCH_{name.upper()}" for name in Settings.model_fields}


def test_links_to_files_lead_somewhere():
    pages = [Path(page) for page in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", *Path("docs").rglob("*.md"))]
    targets = [(page, each) for page in pages for each in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))]
    missing = [each for each in targets if "://" not in each[1] and not (each[0].parent / each[1]).exists()]
    assert len(targets) > 20
    assert not missing


def test_the_readme_counts_its_demonstrations_rightly():
    assert "scans eleven small repositories" in README.read_text("utf-8")
    assert len(list(Path("seedwatch/demo/repositories").glob("*/history.toml"))) == 11
    assert ROWS_FOLDER.is_dir()

"""What the tests of the analysis share."""

from pathlib import Path

import pytest

from analysis.engine import analyse
from analysis.report import Report
from analysis.tree import DirectoryTree

from .examples import Check, Files


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Write a repository of `{path: source}` into a new folder and analyse it."""
    made = 0

    def run(files: Files) -> Report:
        nonlocal made
        made += 1
        root = tmp_path / f"repository{made}"
        for path, content in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        return analyse(DirectoryTree(root))

    return run

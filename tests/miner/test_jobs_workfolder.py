"""Whose work folder nobody holds is dead, and what it left is removed."""

import subprocess
import sys
from pathlib import Path

from miner.jobs.workfolder import WorkFolder

HOLD = (
    "import sys, pathlib; from miner.jobs.workfolder import WorkFolder\n"
    "folder = WorkFolder(pathlib.Path(sys.argv[1]), 'other'); (folder.path / 'half').touch()\n"
    "print('held', flush=True); sys.stdin.read()\n"
)


def test_a_killed_workers_folder_is_seen_and_removed_and_a_living_ones_left(tmp_path: Path) -> None:
    own = WorkFolder(tmp_path, "own")
    (tmp_path / "of-an-older-release").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert list(own.of_the_dead()) == ["of-an-older-release"]
        assert (tmp_path / "other" / "half").exists()
        process.kill()
    assert list(own.of_the_dead()) == ["other"]
    assert own.path.exists()
    own.close()
    assert list(tmp_path.iterdir()) == []

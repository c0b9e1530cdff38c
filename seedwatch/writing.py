"""Writing patched files into a work tree, where nothing is lost by it."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from miner.errors import BadInput
from miner.git import GitTree


def write(root: Path, files: Mapping[str, bytes], before: Mapping[str, bytes]) -> None:
    """Write files below `root`, each whole or not at all, keeping their modes.

    Raises:
        BadInput: where `root` is in no git work tree, or a file has changes that are not committed; nothing is written.
    """
    top = next((folder for folder in (root.resolve(), *root.resolve().parents) if (folder / ".git").exists()), None)
    if top is None:
        raise BadInput(f"{root} is in no git work tree, where a change could be taken back; --diff prints the patch")
    tree = GitTree.open(top)
    committed = {entry.path: entry for entry in tree.entries()}
    within = root.resolve().relative_to(top)
    dirty = []
    for path in sorted(files):
        entry = committed.get((within / path).as_posix())
        data = next((data for _, data in tree.read([entry])), None) if entry is not None else None
        if data is None or _lines(data) != _lines(before[path]):
            dirty.append(path)
    if dirty:
        more = f" and {len(dirty) - 1} more" if len(dirty) > 1 else ""
        raise BadInput(
            f"{dirty[0]}{more} has changes that are not committed; commit them first, or apply --diff by hand"
        )
    for path, data in files.items():
        _replace(root / path, data)


def _lines(data: bytes) -> bytes:
    # A checkout may have other line ends than the repository.
    return data.replace(b"\r\n", b"\n")


def _replace(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".seedwatch-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(path.stat().st_mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

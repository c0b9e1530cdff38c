"""The tree of files that a path on the command line means."""

import os
from collections.abc import Sequence
from pathlib import Path

from analysis.link.project import is_python
from analysis.tree import DirectoryTree, Tree
from miner.errors import BadInput, NotARepository


def tree_at(path: str, rev: str | None) -> Tree:
    """The files at `path`: as they lie in a work tree, at a commit in a bare repository or where one is named.

    Raises:
        BadInput: where there is nothing to read.
    """
    if not path:
        raise BadInput("the path is empty; `.` is the current folder")
    place = Path(path)
    if not place.exists():
        raise BadInput(f"{place} does not exist")
    if place.is_file():
        if not is_python(place.name):
            raise BadInput(f"{place} is neither Python nor a notebook")
        if rev is not None:
            raise BadInput(f"--rev needs a repository, and {place} is a file")
        return DirectoryTree.single(place)
    if not place.is_dir():
        raise BadInput(f"{place} is neither a folder nor a file")
    if rev is not None:
        from miner.git import GitTree  # files as they lie need no git

        return GitTree.open(place, rev)
    return _bare(place) or DirectoryTree(place)


def _bare(path: Path) -> Tree | None:
    if not ((path / "HEAD").is_file() and (path / "objects").is_dir()):
        return None
    from miner.git import GitTree

    try:
        return GitTree.open(path)
    except NotARepository:
        return None


def work_tree_of(paths: Sequence[Path]) -> Path:
    """The folder of the git work tree that files lie in, or the folder that has all of them."""
    shared = Path(os.path.commonpath([path.resolve() for path in paths]))
    folder = shared if shared.is_dir() else shared.parent
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), folder)

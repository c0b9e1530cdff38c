"""The tree of files that paths on the command line mean, and the part of it that is asked about."""

import os
from collections.abc import Sequence
from pathlib import Path

from analysis.link.project import is_python
from analysis.part import WHOLE, Part
from analysis.tree import DirectoryTree, Tree
from miner.errors import BadInput, NotARepository


def asked(paths: Sequence[str], rev: str | None, root: str | None = None) -> tuple[Tree, Part]:
    """The tree to analyse, and the part of it that is asked about.

    What lies in a git work tree is a part of it, since that is where it is imported from and where its requirements and
    settings stand. `root` is the folder to analyse in place of the work tree.

    Raises:
        BadInput: where there is nothing to read.
    """
    if root is None and len(paths) == 1:
        folder = _around(paths[0])
        if folder is None:
            return tree_at(paths[0], rev), WHOLE
        places = [Path(paths[0]).resolve()]
    else:
        for path in paths:
            if not Path(path).exists():
                raise BadInput(f"{path} does not exist")
        # A link among the files that changed is itself the file, wherever it leads.
        places = [place.parent.resolve() / place.name for place in map(Path, paths)]
        folder = Path(root) if root is not None else _shared(places)
    inside = [os.path.relpath(place, folder.resolve()).replace(os.sep, "/") for place in places]
    for path, relative in zip(paths, inside, strict=True):
        if relative == ".." or relative.startswith("../"):
            raise BadInput(f"{path} is not below {folder}")
    return tree_at(str(folder), rev), Part(tuple(inside))


def _around(path: str) -> Path | None:
    """The work tree that one path is a part of; None for one that stands for itself, or is not there."""
    place = Path(path)
    if not path or not place.exists() or _looks_bare(place) or (place.is_file() and not is_python(place.name)):
        return None
    place = place.resolve()
    work_tree = work_tree_of(place)
    if work_tree in (None, place, Path.home()):
        # Some keep their whole home folder in git, with all that lies there.
        return None
    way = [place, *(above for above in place.parents if work_tree in above.parents)]
    return None if any(DirectoryTree.leaves_out(folder) for folder in way) else work_tree


def _shared(paths: Sequence[Path]) -> Path:
    """The git work tree that several resolved paths lie in, or the folder that has all of them."""
    shared = Path(os.path.commonpath(paths))
    folder = shared if shared.is_dir() else shared.parent
    return work_tree_of(folder) or folder


def work_tree_of(place: Path) -> Path | None:
    """The nearest folder at or above a resolved path that is a git work tree."""
    return next((folder for folder in (place, *place.parents) if (folder / ".git").exists()), None)


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


def _looks_bare(path: Path) -> bool:
    return (path / "HEAD").is_file() and (path / "objects").is_dir()


def _bare(path: Path) -> Tree | None:
    if not _looks_bare(path):
        return None
    from miner.git import GitTree

    try:
        return GitTree.open(path)
    except NotARepository:
        return None

"""Whether a repository comes under a licence: code that does not is shown to nobody, only where it stands."""

import re

from analysis.tree import Tree

# SPDX has these two names beside those of licences.
NO_LICENCE = "NONE"
OTHER_LICENCE = "NOASSERTION"

_NAME = re.compile(r"(?:.*[-_. ])?(?:un)?licen[cs]es?(?:[-_. ].*)?|copying(?:[-_. ].*)?", re.IGNORECASE)
# `license.py` is a program, and `license.svg` the badge of a README.
_NO_TEXT = (
    *(".py", ".pyi", ".pyw", ".ipynb", ".c", ".cc", ".cpp", ".h", ".js", ".ts", ".sh", ".bat"),
    *(".json", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".xml", ".svg", ".png", ".gif", ".jpg", ".jpeg"),
)
_FOLDERS = ("licenses/", "licences/")


def has_licence(tree: Tree) -> bool:
    """Whether a file at the root is a licence by its name, as GitHub looks for one, or there is a folder of them."""
    return any(_is_licence(entry.path) for entry in tree.entries())


def _is_licence(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    if folder:
        return path.lower().startswith(_FOLDERS) and "/" not in folder
    return _NAME.fullmatch(name) is not None and not name.lower().endswith(_NO_TEXT)

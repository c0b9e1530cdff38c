"""Which files of a repository speak of versions, how binding each is, and for whom: the root or a subproject."""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from typing import TYPE_CHECKING

import msgspec

from analysis.link.configpaths import without_data
from analysis.link.requirements.commands import read_commands, read_script
from analysis.link.requirements.container import read_dockerfile
from analysis.link.requirements.declaration import Declaration, ProjectFile
from analysis.link.requirements.environment import looks_like_environment, read_cog, read_environment
from analysis.link.requirements.pip import includes, read_requirement_lines
from analysis.tree import Entry, Tree

if TYPE_CHECKING:
    from analysis.link.requirements.prose import Page

LARGEST_FILE = 256_000
"""Bytes. Lock files excepted, nothing that a person writes about versions is larger."""
LARGEST_LOCK = 4_000_000
LARGEST_NOTEBOOK = 2_000_000
MOST_ROOT = 200
MOST_NESTED = 60
MOST_NOTEBOOKS = 12
DEEPEST = 4
"""Levels of nested folders that are looked at before the search is given up."""


class Source(IntEnum):
    """Where a statement stands, the most binding first."""

    METADATA = 0
    REQUIREMENTS = 1
    ENVIRONMENT = 2
    LOCK = 3
    CONTAINER = 4
    STATED_RANGE = 5
    COMMAND = 6
    STATED_PIN = 7
    DEMO = 8
    """A container beside the project, or the recipe of a demonstration service."""
    NOTEBOOK = 9


Said = tuple[Source, Declaration]

_REQUIREMENTS = re.compile(
    r"(?:.*req.*|deps|.*dependenc.*|constraints?.*|packages?|pip.*|.*env.*|conda.*|spec[-_ ]?(?:file|list).*)"
    r"\.(?:txt|in|pip)"
)
_ASIDE = re.compile(
    r"(?:^|[-_.])(?:docs?|readthedocs|rtd|tests?|testing|dev|develop(?:ment)?|lint|ci|build|style|optional)(?=[-_.])"
)
"""Requirement files of the project's upkeep."""
_CONTAINER = re.compile(r"(?:.*[._-])?dockerfile(?:[._-].*)?|.*\.def|singularity[^/]*")
_PAGE = re.compile(
    r"(?:read_?me|install(?:ation|ing)?|setup|requirements?|get(?:ting)?[-_ ]?started|quick[-_ ]?start|prerequisites?"
    r"|environment)[^./]*(?:\.[a-z]{2}(?:[-_][a-z]{2})?)?(?:\.(?:md|rst|markdown|mdx))?|(?:readme|install)[^./]*\.txt"
)
_PAGE_FOLDER = re.compile(
    r"(?:docs?|documentation|readmes?)(?:/source|/src|/en|/en_us|/guides?|/tutorials?)*", re.IGNORECASE
)
_REQUIREMENTS_FOLDER = re.compile(r"requirements?|reqs", re.IGNORECASE)
_CONTAINER_FOLDER = re.compile(r"docker|dockerfiles?|containers?|\.devcontainer", re.IGNORECASE)
_ENVIRONMENT_FOLDER = re.compile(r"conda|envs?|environments?", re.IGNORECASE)
_FOREIGN = re.compile(
    r"(?:^|/)(?:third[-_]?part(?:y|ies)|3rd[-_]?party|externals?|extern|vendor(?:ed)?|submodules?|site-packages"
    r"|node_modules|\.[^/]+|docs?|tests?|ci|benchmarks?|demos?|deploy(?:ment)?|examples?|archived?|legacy|ops|cpp|csrc"
    r"|extensions?)(?:/|$)",
    re.IGNORECASE,
)
"""Folders whose wishes are other people's, or for another purpose than training."""

_SUFFIXES = frozenset(
    [
        "txt",
        "in",
        "pip",
        "py",
        "cfg",
        "toml",
        "lock",
        "yml",
        "yaml",
        "sh",
        "bash",
        "bat",
        "md",
        "rst",
        "markdown",
        "mdx",
    ]
)
_INCLUDED = (".in", ".pip", ".req", ".reqs", ".lst")
"""What requirement files include by other names than their own kind's, texts (`.txt`) beside."""
_EXACT = {
    "pyproject.toml": "pyproject",
    "setup.cfg": "setup.cfg",
    "setup.py": "setup.py",
    "pipfile": "pipfile",
    "cog.yaml": "cog",
    "poetry.lock": "lock",
    "uv.lock": "lock",
    "pdm.lock": "lock",
    "pipfile.lock": "lock",
    "makefile": "script",
}
_PROJECT_KINDS = frozenset({"pyproject", "setup.cfg", "setup.py", "pipfile"})
_READERS: dict[str, tuple[Source, Callable[[str, str], list[Declaration]]]] = {
    "environment": (Source.ENVIRONMENT, lambda text, path: _environment(text, path)),
    "lock": (Source.LOCK, lambda text, path: _lock(text, path)),
    "container": (Source.CONTAINER, read_dockerfile),
    "script": (Source.COMMAND, read_script),
    "cog": (Source.DEMO, read_cog),
}


class VersionFiles:
    """Finds and reads the files that speak of versions, each at most once."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._entries = {entry.path: entry for entry in tree.entries()}
        self._readable = frozenset(version_paths(self._entries))
        self._kinds = {path: kind for path in self._entries if (kind := kind_of(path)) is not None}
        self._texts: dict[str, str] = {}

    def root(self) -> list[Said]:
        """What the files at the root say, and those of `requirements/`, `docker/` and the installation docs."""
        paths = [path for path, kind in self._kinds.items() if _speaks_for_root(path, kind)]
        paths = sorted(paths, key=_reading_order)[:MOST_ROOT]
        self._load(paths)
        return self._said(paths, "")

    def nested(self, near: str | None) -> Iterator[list[Said]]:
        """What deeper folders say: those around `near`, the innermost first, then the others by depth."""
        folders: dict[str, list[str]] = {}
        for path, kind in self._kinds.items():
            folder, _, name = path.rpartition("/")
            # Deeper down, YAML files by other names are configurations.
            if folder and (kind != "environment" or re.search(r"env|conda|requirement", name, re.IGNORECASE)):
                folders.setdefault(folder, []).append(path)
        around = [folder for folder in folders if near is not None and near.startswith(f"{folder}/")]
        for folder in sorted(around, key=len, reverse=True):
            self._load(folders[folder][:MOST_NESTED])
            yield self._said(folders[folder], folder)
        own = sorted(folder for folder in folders if not _FOREIGN.search(folder) and folder not in around)
        for depth in sorted({folder.count("/") for folder in own})[:DEEPEST]:
            level = [folder for folder in own if folder.count("/") == depth]
            self._load([path for folder in level for path in folders[folder]][:MOST_NESTED])
            yield [said for folder in level for said in self._said(folders[folder], folder)]

    def notebooks(self) -> list[Said]:
        """The install commands in notebooks' cells, the shallowest notebooks first."""
        books = [
            entry for path, entry in self._entries.items() if path.endswith(".ipynb") and entry.size <= LARGEST_NOTEBOOK
        ]
        books.sort(key=lambda entry: (entry.path.count("/"), entry.path))
        said: list[Said] = []
        for entry, data in self._tree.read(books[:MOST_NOTEBOOKS]):
            if data is not None and b"torch" in data and b"install" in data:
                said += [(Source.NOTEBOOK, declaration) for declaration in _notebook(data, entry.path)]
        return said

    def _load(self, paths: Iterable[str]) -> None:
        wanted = [self._entries[path] for path in paths if path not in self._texts and _small(self._entries[path])]
        for entry, data in self._tree.read(wanted):
            if data is not None:
                self._texts[entry.path] = _decode(data)

    def _said(self, paths: list[str], folder: str) -> list[Said]:
        """The statements of one folder's files; requirement files that the metadata names count as metadata."""
        said: list[Said] = []
        lists: list[str] = []
        for path in sorted(paths, key=_reading_order):
            kind, text = self._kinds[path], self._texts.get(path)
            if text is None:
                continue
            if kind in _PROJECT_KINDS:
                project = _project_file(kind, text, path)
                said += [(Source.METADATA, declaration) for declaration in project.required]
                said += [(Source.ENVIRONMENT, declaration) for declaration in project.optional]
                lists += [posixpath.normpath(posixpath.join(folder, name)) for name in project.files]
            else:
                said += self._plain_file(kind, text, path)
        for path in lists:
            said += [(Source.METADATA, declaration) for declaration in self._requirements(path, set())]
        return said

    def _plain_file(self, kind: str, text: str, path: str) -> Iterator[Said]:
        if kind == "page":
            page = _page(text, path)
            for declaration in page.commands:
                yield Source.COMMAND, declaration
            for declaration in page.statements:
                yield Source.STATED_PIN if declaration.bounds.one_series else Source.STATED_RANGE, declaration
        elif kind == "requirements":
            for declaration in self._requirements(path, set()):
                yield Source.REQUIREMENTS, declaration
        else:
            source, read = _READERS[kind]
            if source is Source.CONTAINER and "/" in path:
                source = Source.DEMO
            for declaration in read(text, path):
                yield source, declaration

    def _requirements(self, path: str, seen: set[str]) -> list[Declaration]:
        """A requirement file with what it includes."""
        if path in seen or path not in self._readable or len(seen) > 20:
            return []
        seen.add(path)
        self._load([path])
        text = self._texts.get(path, "")
        found = read_requirement_lines(text, path)
        for name in includes(text, path):
            found += self._requirements(name, seen)
        return found


def version_paths(paths: Iterable[str]) -> list[str]:
    """Those of the paths whose files may speak of versions: by their names, or where another includes them."""
    listed = list(paths)
    texts = frozenset(without_data(path for path in listed if path.endswith(".txt")))
    return [path for path in listed if path in texts or _may_be_included(path) or kind_of(path) is not None]


def _may_be_included(path: str) -> bool:
    """Whether a requirement file may ask for this one by a name of its own: `-r base.req`, `-r requirements/base`."""
    folder, _, name = path.rpartition("/")
    bare = "." not in name
    return path.endswith(_INCLUDED) or (bare and _REQUIREMENTS_FOLDER.fullmatch(folder.rpartition("/")[2]) is not None)


def kind_of(path: str) -> str | None:
    """What kind of file this is, by its name; None for one that does not speak of versions."""
    folder, _, name = path.rpartition("/")
    name = name.lower()
    stem, dot, suffix = name.rpartition(".")
    if name in _EXACT:
        return _EXACT[name]
    if _CONTAINER.fullmatch(name):
        return "container"
    if dot and stem and suffix not in _SUFFIXES:
        return None
    listed = suffix in {"txt", "in"} and _REQUIREMENTS_FOLDER.fullmatch(folder.rpartition("/")[2])
    if listed or _REQUIREMENTS.fullmatch(name):
        return None if _ASIDE.search(name) else "requirements"
    if suffix in {"yml", "yaml"}:
        return "environment"
    if suffix in {"sh", "bash", "bat"}:
        return "script"
    return "page" if _PAGE.fullmatch(name) else None


def _speaks_for_root(path: str, kind: str) -> bool:
    folder, _, name = path.rpartition("/")
    if not folder or _REQUIREMENTS_FOLDER.fullmatch(folder):
        return True
    if kind == "page":
        return _PAGE_FOLDER.fullmatch(folder) is not None and not name.lower().startswith("readme")
    if kind == "container":
        return _CONTAINER_FOLDER.fullmatch(folder) is not None
    return kind == "environment" and _ENVIRONMENT_FOLDER.fullmatch(folder) is not None


def _reading_order(path: str) -> tuple[int, int, str]:
    """`requirements.txt` before its variants, the plainest name first: that one is the evidence when all agree."""
    return (0 if posixpath.basename(path).lower() == "requirements.txt" else 1, len(path), path)


def _small(entry: Entry) -> bool:
    return entry.size <= (LARGEST_LOCK if entry.path.endswith(".lock") else LARGEST_FILE)


def _decode(data: bytes) -> str:
    # PowerShell writes `pip freeze > requirements.txt` as UTF-16.
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8-sig", errors="replace")


def _environment(text: str, path: str) -> list[Declaration]:
    return read_environment(text, path) if looks_like_environment(text) else []


# Readers that a small program has no file for are imported where there is one: each has its patterns to compile.


def _project_file(kind: str, text: str, path: str) -> ProjectFile:
    if kind == "setup.py":
        from analysis.link.requirements.setup_py import read_setup_py

        return read_setup_py(text, path)
    from analysis.link.requirements import metadata

    match kind:
        case "pyproject":
            return metadata.read_pyproject(text, path)
        case "setup.cfg":
            return metadata.read_setup_cfg(text, path)
        case _:
            return metadata.read_pipfile(text, path)


def _lock(text: str, path: str) -> list[Declaration]:
    from analysis.link.requirements.metadata import read_lock

    return read_lock(text, path)


def _page(text: str, path: str) -> "Page":
    from analysis.link.requirements.prose import read_page

    return read_page(text, path)


class _Cell(msgspec.Struct):
    source: str | list[str] = ""


class _Notebook(msgspec.Struct):
    cells: list[_Cell] = []


def _notebook(data: bytes, path: str) -> Iterator[Declaration]:
    try:
        book = msgspec.json.decode(data, type=_Notebook)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    for number, cell in enumerate(book.cells):
        text = cell.source if isinstance(cell.source, str) else "".join(cell.source)
        for line_number, line in enumerate(text.splitlines(), 1):
            if not line.lstrip().startswith("#"):
                yield from read_commands(line, f"{path}:c{number}", line_number)

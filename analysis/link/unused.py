"""Loaders that nothing makes: they stand in a function or class that the repository names nowhere else.

Nowhere but where it is imported and exported, or in what nothing uses either. A copied package brings factories of its
own, and whoever copied it calls another. Where a repository makes no loader but such, they are what it offers to
others, and count.
"""

import re
from collections.abc import Iterable

from msgspec.structs import replace

from analysis.facts import ir
from analysis.link.configpaths import without_data
from analysis.link.loaders import Loader
from analysis.link.project import Project
from analysis.link.scopes import ClassInfo, FunctionInfo, Module

_SAYS = (".cfg", ".gin", ".ini", ".md", ".rst", ".sh", ".toml", ".yaml", ".yml")
"""What else than code names what is run: commands, entry points, settings, words for readers."""
_MAY_SAY = (".json", ".txt")
"""What says it too, and is data as often."""
LARGEST_SAYING = 200_000
"""Bytes; larger files of these kinds are data."""
MOST_SAYING = 400
_TESTS = re.compile(r"(?:^|/)tests?/|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$", re.IGNORECASE)
_BY_NAME = ("LightningCLI", "fire", "globals", "locals", "getmembers", "__dict__")
"""What looks functions and classes up in a module by names that only a run knows."""
_FETCHED = re.compile(rb"\bgetattr\(\s*(?:\w+\.)*(\w+)[ \t]*[,(](?=([^\n]{0,300}))")
_COMPOSED = re.compile(rb"(?![ \t]{0,8}[\"']\w{0,80}[\"'][ \t]{0,8}[,)])[^\n]{0,300}[\"']")
"""What a name is put together with. One that is not stands somewhere as it is: in a setting, or in the code."""
_IMPORTED = re.compile(rb"\b(\w+)\s*=\s*(?:importlib\.)?(?:import_module|__import__)\b|\b(import_module|__import__)\(")
_HANDED_ON = re.compile(
    rb"^[ \t]*(?:from[ \t]+[\w.]+[ \t]+import[ \t]*(?:\([^()]*\)|(?:[^\n\\]|\\\r?\n)*)"
    rb"|__all__[ \t]*\+?=[ \t]*(?:\[[^\]]{0,20000}\]|\([^)]{0,20000}\)))|#[^\n]*",
    re.MULTILINE,
)
"""Imports, lists of what a module exports, and remarks: a name in them is no use of it."""
_RENAMED = re.compile(rb"[ \t]+as\b")
MOST_FILES = 12
"""Files that a name stands in which nothing uses; one that more have is taken as used."""


def saying_paths(paths: Iterable[str]) -> list[str]:
    """Those of the paths, in their order, whose files are looked at for names of what is run."""
    listed = list(paths)
    likely = {kept for end in _MAY_SAY for kept in without_data(path for path in listed if path.endswith(end))}
    return [path for path in listed if path.endswith(_SAYS) or path in likely]


def without_unused(loaders: Iterable[Loader], project: Project) -> list[Loader]:
    """The loaders, those that nothing makes marked as such; where nothing makes any of them, as they are."""
    all_of_them = list(loaders)
    uses = _Uses(project)
    unused = [uses.none_of(loader) for loader in all_of_them]
    if all(unused):
        return all_of_them
    return [replace(loader, unused=True) if idle else loader for loader, idle in zip(all_of_them, unused, strict=True)]


class _Uses:
    """What of a project's functions and classes is named beside where it is defined."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[int, bool] = {}
        self._said: bytes | None = None
        self._fetching: list[tuple[frozenset[str], bool]] | None = None

    def none_of(self, loader: Loader) -> bool:
        outermost = _outermost(loader.owner)
        if outermost is None or _TESTS.search(loader.module.path):
            return False
        return self._is_unused(outermost)

    def _is_unused(self, outermost: FunctionInfo | ClassInfo) -> bool:
        """Whether nothing uses it, directly or through what else names it."""
        known = self._known.get(id(outermost))
        if known is None:
            known = True
            seen = {id(outermost)}
            pending = [outermost]
            while pending and known:
                users = self._users_of(pending.pop())
                known = users is not None
                new = [user for user in users or () if id(user) not in seen]
                seen.update(map(id, new))
                pending += new
            self._known[id(outermost)] = known
        return known

    def _users_of(self, outermost: FunctionInfo | ClassInfo) -> list[FunctionInfo | ClassInfo] | None:
        """What names it in its own body; None where something uses it for sure, or may."""
        path, name = outermost.module.path, outermost.name
        if not path.endswith(".py") or name.startswith("__") or isinstance(outermost.node, ir.Lambda):
            return None
        if outermost.node.decorators:
            return None
        paths = self._project.mentioning(name)
        word = re.compile(rb"\b%b\b" % re.escape(name.encode()))
        if len(paths) > MOST_FILES:
            return None
        users: list[FunctionInfo | ClassInfo] = []
        for each in paths:
            inside = self._named_in(each, word)
            if inside is None:
                return None
            users += inside
        return None if self._looked_up_in(path) or word.search(self._sayings) else users

    def _named_in(self, path: str, word: re.Pattern[bytes]) -> list[FunctionInfo | ClassInfo] | None:
        """The functions and classes of a file in which a word stands; None where it stands outside of any."""
        text = self._project.texts[path]
        spans = [found.span() for found in _HANDED_ON.finditer(text)]
        lines = {
            text.count(b"\n", 0, found.start()) + 1
            for found in word.finditer(text)
            # What gets another name is used under that.
            if _RENAMED.match(text, found.end()) or not any(start <= found.start() < end for start, end in spans)
        }
        if not lines:
            return []
        module = None if _TESTS.search(path) or not path.endswith(".py") else self._project.module(path)
        if module is None:
            return None
        around = [_around(module, line) for line in lines]
        found_in = [each for each in around if each is not None]
        return found_in if len(found_in) == len(around) else None

    def _looked_up_in(self, path: str) -> bool:
        """Whether a file takes what a module has by a name that only a run knows: `getattr(loaders, "get_" + name)`."""
        folder, _, file = path.rpartition("/")
        names = {file.removesuffix(".py"), folder.rpartition("/")[2]} - {"", "__init__"}
        around = {path, *(each for name in names for each in self._project.mentioning(name))}
        if any(not around.isdisjoint(self._project.mentioning(word)) for word in _BY_NAME):
            return True
        if self._fetching is None:
            self._fetching = [_fetched_in(self._project.texts[each]) for each in self._project.mentioning("getattr")]
        return any(of_imported or not fetched.isdisjoint(names) for fetched, of_imported in self._fetching)

    @property
    def _sayings(self) -> bytes:
        if self._said is None:
            paths = saying_paths(self._project.entries)
            entries = [entry for path in paths if (entry := self._project.entries[path]).size <= LARGEST_SAYING]
            tree = self._project.tree
            self._said = b"\n".join(data for _, data in tree.read(entries[:MOST_SAYING]) if data is not None)
        return self._said


def _fetched_in(text: bytes) -> tuple[frozenset[str], bool]:
    """Names of what a file takes things from by a name, and whether one is a module that is imported by its name.

    Of such a module only what a name is put together for counts.
    """
    fetched = _FETCHED.findall(text)
    imported = {name for found in _IMPORTED.findall(text) for name in found if name} if fetched else set()
    composed = any(name in imported and _COMPOSED.match(asked) for name, asked in fetched)
    return frozenset(name.decode() for name, _ in fetched), composed


def _around(module: Module, line: int) -> FunctionInfo | ClassInfo | None:
    """The function or class of a module in which a line stands."""
    holders: list[FunctionInfo | ClassInfo] = [
        function for function in module.functions if function.owner is None and function.cls is None
    ]
    holders += [cls for cls in module.classes if cls.owner is None]
    for holder in holders:
        if not isinstance(holder.node, ir.Lambda) and holder.node.line <= line <= holder.node.body.end:
            return holder
    return None


def _outermost(owner: FunctionInfo | ClassInfo | None) -> FunctionInfo | ClassInfo | None:
    """The function or class of a module in which a body stands."""
    while owner is not None:
        if isinstance(owner, FunctionInfo) and owner.owner is None and owner.cls is not None:
            owner = owner.cls
        if owner.owner is None:
            break
        owner = owner.owner
    return owner

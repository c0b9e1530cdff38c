"""A repository's files as modules: read once, parsed when something leads to them, found by import or by mention."""

import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from itertools import takewhile
from operator import attrgetter

from analysis.facts.reading import FactsCache, FactsReader
from analysis.facts.source import notebook_code
from analysis.link.indexing import index
from analysis.link.modulecache import ModuleCache
from analysis.link.scopes import Module
from analysis.link.words import Words
from analysis.report import Unread
from analysis.tree import Entry, Tree

ALL_AT_ONCE = 400_000
"""Bytes of Python below which a repository is parsed whole and not only where a question leads."""

MOST_FILES = 30_000
"""Largest repositories of Python have some 20,000 files; a tree with more is made to exhaust whoever reads it."""

MOST_BYTES = 256_000_000
"""Python sources beyond this are named as unread: a tree of that size holds data, not code."""

_FROM_ABOVE = re.compile(rb"^[ \t]*from[ \t]+\.\.", re.MULTILINE)
_FROM_BELOW = rb"^[ \t]*from[ \t]+%b((?:\.\w+)+)[ \t]+import[ \t]+(?:\(([^)#]{0,20000})|([^#;\n\\]*))"
_RENAMING = re.compile(rb"\bas\s+\w+")
_HEADERS = re.compile(rb"\bclass\s+\w+\s*\(([^:]{0,1000})")
_RENAMED = re.compile(rb"\b(\w+)\s+as\b")
_WORD = re.compile(rb"\w+")
_DECORATOR = re.compile(rb"@([\w. \t]+)")
_MADE = re.compile(rb"^(?:class|def)[ \t]+(\w+)", re.MULTILINE)
_IS_SET = re.compile(rb"(?![\w(.\[])[^\n=!<>]{0,300}(?:=(?!=)|\\\r?\n|\bin\b)")
"""What follows an attribute that gets a value, alone or with others, or in each round of a loop."""
_IS_NAMED = re.compile(rb"\bas[ \t]+[\w.]{1,80}\Z")
"""What stands before one that a `with` names."""
_LONGEST_HOLDER = 90
_MOST_PLACES = 2_000
"""Of one attribute in one file; where it stands more often, the file is read."""
THIRD_PARTIES = frozenset({
    "torchvision", "torchaudio", "torchtext", "torch_geometric", "timm", "tensorflow", "keras", "sklearn", "skimage",
    "transformers", "mmcv", "mmdet", "mmseg", "mmengine", "detectron2", "fastai", "monai",
    "pytorch_lightning", "lightning", "ignite", "albumentations", "kornia",
})  # fmt: skip
"""Packages with parts that repositories also have (`models`, `datasets`, `utils`)."""
NEVER_OURS = frozenset(sys.stdlib_module_names) | {"torch", "numpy", "scipy", "pandas", "cv2", "PIL"}
"""Top-level names that a repository's own folder of the same name does not take over in practice."""


class Project:
    """All Python files of one tree.

    `mentioning` looks names up in the files' bytes, so that nothing is parsed which no question leads to.
    """

    def __init__(self, tree: Tree, facts: FactsCache | None = None, modules: ModuleCache | None = None) -> None:
        self.tree = tree
        self._shared = modules
        if modules is not None:
            modules.begin()
        self.unread: list[Unread] = list(tree.unread())
        self.parsed = 0
        entries = tree.entries()
        self.entries = {entry.path: entry for entry in entries}
        self.sources: dict[str, bytes] = {}
        self._modules: dict[str, Module | None] = {}
        self._resolved: dict[tuple[str, str], str | None] = {}
        self._bases: dict[str, frozenset[bytes]] = {}
        self._decorators: dict[str, frozenset[bytes]] = {}
        self._made: dict[str, frozenset[bytes]] = {}
        self._own_names: dict[str, bool] = {}
        self._read([entry for entry in entries if is_python(entry.path)])
        self.facts = FactsReader(facts, self.sources)
        if sum(map(len, self.sources.values())) <= ALL_AT_ONCE:
            # So little costs nothing to read whole, and then every file that cannot be parsed is named.
            for path in self.sources:
                self.module(path)

    def _read(self, entries: Iterable[Entry]) -> None:
        total = 0
        wanted: list[Entry] = []
        for entry in entries:
            total += entry.size
            if len(wanted) >= MOST_FILES:
                reason = f"more than {MOST_FILES} Python files: this one and all after it are left out"
                self.unread.append(Unread(path=entry.path, reason=reason))
                break
            if total > MOST_BYTES:
                self.unread.append(Unread(path=entry.path, reason="too much source in one repository"))
            else:
                wanted.append(entry)
        # A tree of a few kilobytes can name one content ten thousand times: each is read once.
        first = {entry.blob or entry.path: entry for entry in reversed(wanted)}
        contents = {entry.path: data for entry, data in self.tree.read(sorted(first.values(), key=attrgetter("path")))}
        for entry in wanted:
            data = contents[first[entry.blob or entry.path].path]
            if data is None:
                self.unread.append(Unread(path=entry.path, reason="its content cannot be read"))
            else:
                self.sources[entry.path] = data

    @cached_property
    def texts(self) -> dict[str, bytes]:
        """What each file holds of code: of a notebook its cells, without the pictures that are most of its bytes."""
        return {path: notebook_code(data) if path.endswith(".ipynb") else data for path, data in self.sources.items()}

    @property
    def bytes_read(self) -> int:
        return sum(map(len, self.sources.values()))

    def module(self, path: str) -> Module | None:
        """The file's module, parsed at the first call; None when there is no such file."""
        if path in self._modules:
            return self._modules[path]
        if path not in self.sources:
            self._modules[path] = None
            return None
        module = self._modules[path] = self._indexed(path)
        self.parsed += module.facts.how != "unread"
        if module.facts.problem is not None:
            self.unread.append(Unread(path=path, reason=module.facts.problem))
        return module

    def forget(self) -> None:
        """Let go of the files' facts, unless others share them: the modules cannot be asked for any more.

        What stands in a module leads back to it. Parted here it is gone at once, without the collector of cycles.
        """
        for module in self._modules.values() if self._shared is None else ():
            if module is not None:
                module.forget()
        self._modules.clear()

    def _indexed(self, path: str) -> Module:
        key = (path, self.facts.key(path))
        module = self._shared.get(key) if self._shared is not None else None
        if module is None:
            module = index(path, self.facts.read(path))
            if self._shared is not None:
                self._shared.keep(key, module, len(self.sources[path]))
        return module

    def none_read(self, paths: Collection[str]) -> bool:
        """Whether there are some of these files and not one of them could be read."""
        return bool(paths) and all(
            (module := self.module(path)) is not None and module.facts.how == "unread" for path in paths
        )

    def mentioning(self, word: str) -> list[str]:
        """Paths of the files in whose bytes, or cells of code, the word stands as a whole name."""
        return self._words.holding(word)

    def containing(self, text: str) -> list[str]:
        """Paths of the files that hold a text, such as an option's `num-workers`."""
        return self._words.containing(text)

    @cached_property
    def _words(self) -> Words:
        return Words(self.texts, self.facts)

    def modules_mentioning(self, word: str) -> list[Module]:
        modules = (self.module(path) for path in self.mentioning(word))
        return [module for module in modules if module is not None]

    def modules_decorating(self, name: str) -> Iterator[Module]:
        """As `modules_mentioning`, of those in which a decorator has the name; each parsed when it is its turn."""
        for path in self.mentioning(name):
            if name.encode() in self._decorating(path) and (module := self.module(path)) is not None:
                yield module

    def making(self, name: str) -> list[str]:
        """Paths of the files at whose level a function or class of that name stands."""
        return [path for path in self.mentioning(name) if name.encode() in self._made_in(path)]

    def _made_in(self, path: str) -> frozenset[bytes]:
        found = self._made.get(path)
        if found is None:
            found = self._made[path] = frozenset(_MADE.findall(self.texts[path]))
        return found

    def decorates(self, name: str) -> bool:
        """Whether any decorator has the name."""
        return any(name.encode() in self._decorating(path) for path in self.mentioning(name))

    def _decorating(self, path: str) -> frozenset[bytes]:
        """The words of a file's decorators, without what they are called with."""
        found = self._decorators.get(path)
        if found is None:
            decorators = _DECORATOR.findall(self.texts[path])
            found = self._decorators[path] = frozenset(word for each in decorators for word in _WORD.findall(each))
        return found

    def modules_setting(self, name: str) -> Iterator[Module]:
        """As `modules_mentioning`, of those alone whose bytes may give an attribute of that name a value."""
        for path in self.mentioning(name):
            if _may_set(self.texts[path], name.encode()) and (module := self.module(path)) is not None:
                yield module

    def modules_inheriting(self, word: str, base: str) -> list[Module]:
        """As `modules_mentioning`, where a class may inherit from a name, or from what it is imported as."""
        name = base.encode()
        paths = [path for path in self.mentioning(word) if path in self._modules or name in self._inherited(path)]
        return [module for path in paths if (module := self.module(path)) is not None]

    def _inherited(self, path: str) -> frozenset[bytes]:
        """The words of a file's lists of bases, and those that it imports under other names."""
        found = self._bases.get(path)
        if found is None:
            text = self.texts[path]
            words = {word for header in _HEADERS.finditer(text) for word in _WORD.findall(header[1])}
            found = self._bases[path] = frozenset(words.union(_RENAMED.findall(text)))
        return found

    # Imports.

    @cached_property
    def _by_tail(self) -> dict[str, list[str]]:
        """Last name of a module or package to its paths; a package stands as its folder with a `/` behind."""
        index: dict[str, list[str]] = defaultdict(list)
        folders: set[str] = set()
        for path in self.sources:
            if not path.endswith(".py"):
                continue
            folder, _, name = path.rpartition("/")
            if name != "__init__.py":
                index[name.removesuffix(".py")].append(path)
            while folder and folder not in folders:
                folders.add(folder)
                folder = folder.rpartition("/")[0]
        for folder in sorted(folders):
            index[folder.rpartition("/")[2]].append(folder + "/")
        return index

    def resolve(self, importer: str, dotted: str, level: int = 0) -> str | None:
        """The file (`a/b.py`) or folder (`a/b/`) that an import means, or None when it is not the repository's."""
        if level:
            around = importer.split("/")[:-level]
            return self._at("/".join(around + [part for part in dotted.split(".") if part]))
        key = (importer.rpartition("/")[0], dotted)
        if key not in self._resolved:
            self._resolved[key] = self._absolute(importer, dotted)
        return self._resolved[key]

    def _at(self, joined: str) -> str | None:
        if not joined:
            return "./" if self.sources else None
        if joined + ".py" in self.sources:
            return joined + ".py"
        tail = joined.rpartition("/")[2]
        return joined + "/" if joined + "/" in self._by_tail.get(tail, ()) else None

    def candidates(self, importer: str, dotted: str) -> list[str]:
        """All files and folders that an absolute import can mean, the likeliest first."""
        parts = dotted.split(".")
        if parts[0] in NEVER_OURS:
            return []
        suffix = "/".join(parts)
        candidates = []
        for path in self._by_tail.get(parts[-1], ()):
            bare = path.removesuffix("/").removesuffix(".py")
            if bare == suffix or bare.endswith("/" + suffix):
                candidates.append(path)
        if len(candidates) < 2:
            return candidates
        here = importer.split("/")[:-1]

        def nearness(path: str) -> tuple[int, int, int, str]:
            bare = path.removesuffix("/").removesuffix(".py")
            root = bare[: len(bare) - len(suffix)].split("/")[:-1]
            common = 0
            for mine, theirs in zip(here, root, strict=False):
                if mine != theirs:
                    break
                common += 1
            # A root above the importer wins, the nearest first; then the root that shares the longest way.
            above = 0 if common == len(root) else 1
            return (above, -common, len(root) + path.endswith("/"), path)

        return sorted(candidates, key=nearness)

    def _absolute(self, importer: str, dotted: str) -> str | None:
        parts = dotted.split(".")
        if parts[0] in NEVER_OURS:
            return None
        found = self.candidates(importer, dotted)
        return found[0] if found else self._under_own_name(parts)

    def _under_own_name(self, parts: list[str]) -> str | None:
        """What `name.module` means where the repository's top folder is itself imported as the package `name`.

        It may lie deeper, as `outer.name`, where the repository is a part of another.
        """
        if len(parts) < 2 or parts[0] in THIRD_PARTIES:
            return None
        for depth in range(1, len(parts)):
            place = self._at("/".join(parts[depth:]))
            if place:
                known = depth == 1 and self._root_is_package
                return place if known or self._is_own_name(".".join(parts[:depth])) else None
        return None

    def _is_own_name(self, name: str) -> bool:
        """Whether most of what is imported from below a dotted name lies in the top folder, which is called so."""
        known = self._own_names.get(name)
        if known is None:
            importing = re.compile(_FROM_BELOW % re.escape(name.encode()), re.MULTILINE)
            imported = [
                each
                for path in self.mentioning(name.rpartition(".")[2])
                for each in importing.findall(self.texts[path])
            ]
            named = [(dotted, _RENAMING.sub(b"", listed or line)) for dotted, listed, line in imported]
            lying = [each for each in named if self._lies_in(*each)]
            # One module may have a namesake outside, but not with the same classes.
            sure = len({dotted for dotted, _ in lying}) > 1 or all(self._is_made_in(*each) for each in lying)
            known = self._own_names[name] = 2 * len(lying) > len(imported) and sure
        return known

    def _lies_in(self, dotted: bytes, names: bytes) -> bool:
        """Whether a module below the top folder has the names."""
        place = self._at(dotted.decode().strip(".").replace(".", "/"))
        if place is None:
            return False
        words = set(_WORD.findall(self.texts.get(place + "__init__.py" if place.endswith("/") else place, b"")))
        return all(name in words or self._at(f"{place.rstrip('/')}/{name.decode()}") for name in _WORD.findall(names))

    def _is_made_in(self, dotted: bytes, names: bytes) -> bool:
        """Whether a module below the top folder has the classes and functions of the names, and there are some."""
        path = dotted.decode().strip(".").replace(".", "/") + ".py"
        made = self._made_in(path) if path in self.texts else frozenset()
        words = _WORD.findall(names)
        return bool(words) and made.issuperset(words)

    @cached_property
    def top(self) -> int:
        """How many folders are around all Python files without being a package."""
        ways = [path.split("/")[:-1] for path in self.sources] or [[]]
        # What the first and the last of them share, all between them have.
        pairs = zip(min(ways), max(ways), strict=False)
        folders = [one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
        packages = ("/".join((*folders[: depth + 1], "__init__.py")) for depth in range(len(folders)))
        return next((depth for depth, path in enumerate(packages) if path in self.sources), len(folders))

    @cached_property
    def _root_is_package(self) -> bool:
        """Whether the top folder is imported as a package: it says so, or files below it import from above theirs."""
        below = (source for path, source in self.texts.items() if path.count("/") == 1)
        return "__init__.py" in self.sources or any(b".." in source and _FROM_ABOVE.search(source) for source in below)

    def init_of(self, folder: str) -> Module | None:
        """The `__init__.py` of a package folder (`a/b/`)."""
        inside = "" if folder == "./" else folder
        return self.module(inside + "__init__.py")

    def inside(self, folder: str, name: str) -> str | None:
        """The module or package `name` in a package folder."""
        inside = "" if folder == "./" else folder
        return self._at(inside + name)

    def modules_inside(self, folder: str) -> list[str]:
        """The paths of the modules directly in a package folder."""
        inside = "" if folder == "./" else folder
        return [path for path in self.sources if path.startswith(inside) and "/" not in path[len(inside) :]]


def _may_set(text: bytes, name: bytes) -> bool:
    attribute = b"." + name
    at = -1
    for _ in range(_MOST_PLACES):
        at = text.find(attribute, at + 1)
        if at < 0:
            return b"setattr" in text and (b'"%b"' % name in text or b"'%b'" % name in text)
        if _IS_SET.match(text, at + len(attribute)) or _IS_NAMED.search(text, max(0, at - _LONGEST_HOLDER), at):
            return True
    return True


def is_python(path: str) -> bool:
    """Whether a file is source that is read: Python, or a notebook."""
    return path.endswith((".py", ".ipynb", ".pyw"))

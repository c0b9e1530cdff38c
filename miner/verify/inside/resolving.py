"""What of a loader decides over its workers' generators, and whether it is known."""

import ast
import functools
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from miner.verify.inside.building import Loader
from miner.verify.inside.frameworks import seeds_nothing
from miner.verify.inside.notes import REPOSITORY, notes
from miner.verify.inside.sources import Sources, last_name, scopes_at
from miner.verify.inside.stub import is_code, is_stub, stub_name

_SAMPLERS = ("sampler", "batch_sampler")
_DRAWS = re.compile(
    rb"(?:np|numpy)\.random\.(?!seed|get_state|set_state|RandomState|default_rng|Generator)[a-z]"
    rb"|from numpy\.random import"
)


def unresolved(loader: Loader, pair: dict[str, Any], sources: Sources) -> list[str]:
    """What decides over the workers' generators and could not be had, each in a few words."""
    out = [f"{name} is not known" for name in loader.stubs if name in {"worker_init_fn", "generator"}]
    for name in _SAMPLERS:
        sampler = loader.get(name)
        if is_stub(sampler) and not seeds_nothing(sampler) and not _own_samplers(sampler, sources):
            out.append(f"{name} is not known")
        if _seeds(sampler, sources):
            out.append(f"{name} seeds generators in the parent")
    function = loader.get("worker_init_fn")
    if isinstance(function, functools.partial) and is_stub(function.func):
        out.append("worker_init_fn is not known")
    if function is not None and not is_stub(function) and not callable(function):
        out.append("worker_init_fn is not a function")
    if without_workers(loader, pair):
        out.append("this loader has no workers")
    return out


def without_workers(loader: Loader, pair: dict[str, Any]) -> bool:
    """Whether a loader has no workers, of which the finding says how many it has."""
    workers = loader.get("num_workers")
    return isinstance(workers, int) and workers == 0 and pair["workers_kind"] == "literal"


def assumed(loader: Loader, pair: dict[str, Any], sources: Sources) -> list[str]:
    """What is taken for granted: that a loader has workers that it has none of here, by a default; and which of the
    repository's own samplers it has, where that is not known."""
    out = []
    workers = loader.get("num_workers")
    if isinstance(workers, int) and workers == 0 and pair["workers_kind"] != "literal":
        out.append("workers being asked for, of which this loader has none by default")
    for name in _SAMPLERS:
        sampler = loader.get(name)
        own = _own_samplers(sampler, sources) if is_stub(sampler) and not seeds_nothing(sampler) else []
        if own:
            out.append(f"{name} being one of {', '.join(own[:4])}, none of which seeds NumPy")
    return out


def parent_may_draw(draws: Sequence[dict[str, Any]], sources: Sources, imported: Collection[str]) -> bool:
    """Whether a program with this loader may draw from NumPy's global generator elsewhere than in the functions that
    were flagged: in the files that building it `imported`, or in one that names one of those."""
    stems = {_stem(path).encode() for path in imported}
    for path in sources.python():
        data = sources.files[path]
        if not _DRAWS.search(data) or not (path in imported or any(stem in data for stem in stems)):
            continue
        tree = sources.tree(path)
        own = [scopes_at(tree, draw["line"])[-1:] for draw in draws if draw["path"] == path] if tree is not None else []
        spans = [(scope[0].lineno, scope[0].end_lineno or 0) for scope in own if scope]
        spans += [(draw["line"], draw["line"]) for draw in draws if draw["path"] == path]
        for match in _DRAWS.finditer(sources.files[path]):
            line = sources.files[path].count(b"\n", 0, match.start()) + 1
            if not any(first <= line <= last for first, last in spans):
                return True
    return False


def place_of_init(loader: Loader) -> list[dict[str, Any]]:
    """Where the repository's `worker_init_fn` stands: it works in the workers."""
    function = loader.get("worker_init_fn")
    code = getattr(getattr(function, "func", function), "__code__", None)
    if code is None or not code.co_filename.startswith(REPOSITORY):
        return []
    return [{"path": code.co_filename.removeprefix(REPOSITORY), "line": code.co_firstlineno}]


def _stem(path: str) -> str:
    pure = PurePosixPath(path)
    return pure.parent.name if pure.stem == "__init__" and pure.parent.name else pure.stem


def _own_samplers(sampler: Any, sources: Sources) -> list[str]:
    """The repository's samplers, one of which an unknown one must be; none where a package's may be, or one seeds."""
    if stub_name(sampler).partition(".")[0] in notes.stubs:
        return []
    found = list(_sampler_classes(sources))
    return [] if any(_seeds_numpy(node) for node in found) else list(dict.fromkeys(node.name for node in found))


def _sampler_classes(sources: Sources) -> Iterator[ast.ClassDef]:
    for path in sources.python():
        tree = sources.tree(path) if b"Sampler" in sources.files[path] else None
        for node in tree.body if tree is not None else []:
            if isinstance(node, ast.ClassDef) and _is_sampler(node):
                yield node


def _is_sampler(node: ast.ClassDef) -> bool:
    iterates = any(isinstance(each, ast.FunctionDef) and each.name == "__iter__" for each in node.body)
    inherits = any((last_name(base) or "").endswith("Sampler") for base in node.bases)
    return inherits or (iterates and "Sampler" in node.name)


def _seeds(sampler: Any, sources: Sources) -> bool:
    """Whether a sampler of the repository, which works in the parent, seeds NumPy there: its indices are not taken,
    and it is not run."""
    for cls in type(sampler).__mro__ if sampler is not None and is_code(type(sampler)) else ():
        module = sys.modules.get(cls.__module__)
        path = str(getattr(module, "__file__", ""))
        tree = sources.tree(path.removeprefix(REPOSITORY)) if path.startswith(REPOSITORY) else None
        for node in tree.body if tree is not None else []:
            if isinstance(node, ast.ClassDef) and node.name == cls.__name__ and _seeds_numpy(node):
                return True
    return False


def _seeds_numpy(node: ast.ClassDef) -> bool:
    return any(
        isinstance(each, ast.Attribute) and each.attr == "seed" and "np" in ast.unparse(each) for each in ast.walk(node)
    )

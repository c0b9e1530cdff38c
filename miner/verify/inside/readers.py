"""Files that are not there, read all the same: made-up text, tables and names in place of the repository's data.

Files that the repository does have are read for real. Writing goes nowhere.
"""

import argparse
import builtins
import dataclasses
import functools
import glob
import inspect
import io
import json
import os
import pickle
import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import yaml

from miner.verify.inside.notes import notes
from miner.verify.inside.stub import LENGTH, NUMBER, Stub

LINES = 16
_ENDING = re.compile(
    r"""\.(avi|bin|bmp|csv|dcm|flac|h5|hdf5|jpeg|jpg|json|mat|mp3|mp4|nii\.gz|nii|npy|npz|obj|off|pcd|pkl|ply|png|pt|"""
    r"""tif|tiff|txt|wav)['"]"""
)
"""An ending of data's files at the end of a text."""
_MOST_ENDINGS = 6
_CLASS = "class"


_UNPACKED = re.compile(
    r"""^[ \t]*(?:for )?([\w.]{1,40}(?:, ?[\w.]{1,40}){1,7}) ?(?:=|in) ?[^\n]{0,80}\.split\(""", re.MULTILINE
)
_COLUMN = re.compile(r"\bint\([\w.]{1,40}\[([1-9])\]\)")
"""A number in a line that was split."""


class FakeText(io.StringIO):
    """Lines such as lists of samples have: a path and a number, with others between them where the code that reads
    them takes more."""

    def __init__(self, name: str, columns: int = 2) -> None:
        separator = "," if name.endswith(".csv") else "\t" if name.endswith(".tsv") else " "
        between = f"{LENGTH * LENGTH}{separator}" * (columns - 2)
        lines = (f"data/{number}.png{separator}{between}{number % 2}\n" for number in range(LINES))
        super().__init__("".join(lines))
        self.name = name


class FakeBytes(io.BytesIO):
    """Bytes that are no known format."""

    def __init__(self, name: str) -> None:
        super().__init__(bytes(range(256)) * 64)
        self.name = name


def _is_fake(file: Any) -> bool:
    return isinstance(file, FakeText | FakeBytes | Stub)


def _missing(path: Any) -> bool:
    return isinstance(path, Stub) or not _real["exists"](path)


_real: dict[str, Any] = {}


def install() -> None:
    """Puts the made-up files behind the functions that read. Python's and NumPy's own only: other readers are stubs
    anyway."""
    _real.update(open=builtins.open, exists=os.path.exists, listdir=os.listdir)
    builtins.open = io.open = _open
    _fall_back(os, "listdir", (OSError, TypeError), lambda *args: _names("png"))
    _fall_back(os, "makedirs", OSError, lambda *args, **kwargs: None)
    _fall_back(os, "mkdir", OSError, lambda *args, **kwargs: None)
    _fall_back(os, "remove", OSError, lambda *args, **kwargs: None)
    _fall_back(os, "scandir", (OSError, TypeError), _scanned)
    _fall_back(os, "chdir", (OSError, TypeError), lambda *args: None)
    for name in ("exists", "isfile", "isdir"):
        setattr(os.path, name, _claims(getattr(os.path, name)))
    _fall_back(os.path, "join", TypeError, lambda *parts: "/".join(map(str, parts)))
    _fall_back(os.path, "getsize", (OSError, TypeError), lambda *args: 4096)
    _install_walks()
    _install_loads()
    _install_programs()


def _open(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
    try:
        # A stub would be taken for a number, and a number for a descriptor.
        return _real["open"](os.fspath(file) if isinstance(file, Stub) else file, mode, *args, **kwargs)
    except (OSError, TypeError):
        if not isinstance(file, str | os.PathLike | bytes | Stub) or not _for_repository():
            raise
        if _of_the_system(file):
            raise
        if "r" not in mode and "+" not in mode:
            return io.BytesIO() if "b" in mode else io.StringIO()
        return FakeBytes(os.fspath(file)) if "b" in mode else FakeText(str(file), _columns())  # type: ignore[arg-type]


def _of_the_system(path: Any) -> bool:
    return not isinstance(path, Stub) and str(path).startswith(("/proc", "/sys", "/etc", "/dev"))


def _for_repository() -> bool:
    """Whether the repository asks, itself or through the standard library; other libraries get the truth."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        filename = frame.f_code.co_filename
        if filename.startswith("/repo/"):
            return True
        if "/site-packages/" in filename or filename.startswith("<frozen importlib"):
            return False
        frame = frame.f_back
    return False


def _replace(owner: Any, name: str, value: Any) -> None:
    setattr(owner, name, value)


def _fall_back(owner: Any, name: str, errors: Any, instead: Callable[..., Any]) -> None:
    plain = getattr(owner, name)

    def reading(*args: Any, **kwargs: Any) -> Any:
        try:
            return plain(*args, **kwargs)
        except errors:
            if not _for_repository():
                raise
            return instead(*args, **kwargs)

    setattr(owner, name, reading)


def _claims(plain: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Data that is not here is said to be there; a cache, which a program would have to write first, is not."""

    def claimed(path: Any, **kwargs: Any) -> bool:
        if isinstance(path, int):
            return plain(path)
        if isinstance(path, Stub):
            return True
        if plain(path):
            return True
        return "cache" not in str(path) and not _of_the_system(path) and _for_repository()

    return claimed


def _names(suffix: str) -> list[str]:
    """Names of files such as the code that asks looks for: with the endings that its file names, else with `suffix`."""
    return [f"{number:04d}.{ending}" for ending in _endings() or [suffix] for number in range(LENGTH)]


def _endings() -> list[str]:
    """The endings of data's files that the repository's code around here speaks of."""
    path = _asking()
    return list(dict.fromkeys(_ENDING.findall(_text_of(path))))[:_MOST_ENDINGS] if path is not None else []


def _columns() -> int:
    """How many columns the repository's code around here takes of a line."""
    path = _asking()
    return _columns_in(path) if path is not None else 2


@functools.cache
def _columns_in(path: str) -> int:
    text = _text_of(path)
    asked: list[str] = _COLUMN.findall(text)
    unpacked: list[str] = _UNPACKED.findall(text)
    return max([2, *(int(column) + 1 for column in asked), *(names.count(",") + 1 for names in unpacked)])


def _asking() -> str | None:
    """The repository's file whose code is running."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and not frame.f_code.co_filename.startswith("/repo/"):
        frame = frame.f_back
    return frame.f_code.co_filename if frame is not None else None


@functools.cache
def _text_of(path: str) -> str:
    try:
        with _real["open"](path, encoding="utf-8", errors="replace") as file:
            return str(file.read())
    except OSError:
        return ""


def _scanned(path: Any = ".") -> "_Entries":
    """`os.walk`, which asks too, takes a folder that is not there for empty; it has an answer of its own."""
    if not sys._getframe(2).f_code.co_filename.startswith("/repo/"):
        raise FileNotFoundError(path)
    return _Entries(path)


class _Entry:
    """A file that `os.scandir` found."""

    def __init__(self, folder: str, name: str) -> None:
        self.name, self.path = name, f"{folder}/{name}"

    def is_file(self, **kwargs: Any) -> bool:
        return "." in self.name

    def is_dir(self, **kwargs: Any) -> bool:
        return not self.is_file()

    def __fspath__(self) -> str:
        return self.path


class _Entries:
    """What `os.scandir` gives of a folder that is not there: some folders and some pictures."""

    def __init__(self, path: Any = ".") -> None:
        self._entries = iter([_Entry(str(path), name) for name in [*_folders(path), *_names("png")]])

    def __iter__(self) -> Iterator[_Entry]:
        return self._entries

    def __next__(self) -> _Entry:
        return next(self._entries)

    def __enter__(self) -> "_Entries":
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def close(self) -> None:
        return None


def _folders(path: Any) -> list[str]:
    """Folders, one for each class, in a folder that is none of them."""
    return [] if _CLASS in str(path) else [f"{_CLASS}{number}" for number in range(2)]


def _install_walks() -> None:
    # `glob.glob` asks `glob.iglob`, which is replaced too.
    plain_glob, plain_walk = glob.iglob, os.walk

    def globbed(pattern: Any, *args: Any, **kwargs: Any) -> list[str]:
        found = [] if isinstance(pattern, Stub) else list(plain_glob(pattern, *args, **kwargs))
        if found or not _for_repository():
            return found
        text = str(pattern)
        return [text.replace("**", "a").replace("*", f"{number:04d}").replace("?", "0") for number in range(LENGTH)]

    def walked(top: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        found = [] if isinstance(top, Stub) else list(plain_walk(top, *args, **kwargs))
        if found or not _for_repository():
            return iter(found)
        below = _folders(top)
        return iter([(str(top), below, _names("png")), *((f"{top}/{name}", [], _names("png")) for name in below)])

    def path_glob(self: Path, pattern: str, *args: Any) -> list[Path]:
        return [Path(one) for one in globbed(str(self / pattern))]

    glob.glob, os.walk = globbed, walked  # type: ignore[assignment]
    glob.iglob = lambda pattern, *args, **kwargs: iter(globbed(pattern, *args, **kwargs))  # type: ignore[assignment]
    Path.glob = Path.rglob = path_glob  # type: ignore[assignment, method-assign]
    _fall_back(Path, "iterdir", OSError, lambda self: iter([self / name for name in _names("png")]))
    _fall_back(Path, "mkdir", OSError, lambda *args, **kwargs: None)
    for name in ("exists", "is_file", "is_dir"):
        setattr(Path, name, _claims(getattr(Path, name)))


def _array(*args: Any, **kwargs: Any) -> Any:
    """Points: many rows, a few columns."""
    return np.arange(2048 * 8, dtype=np.float32).reshape(2048, 8) / 1024


class _Unread(Stub):
    """What a file of settings says that is not here. Handed on as arguments (`Namespace(**settings)`), it must not pass
    for one that says nothing."""

    def keys(self) -> list[str]:
        raise TypeError("settings that are not here have no keys")


def _install_loads() -> None:
    import torch

    for name in ("load", "loadtxt", "genfromtxt", "fromfile", "memmap"):
        plain = getattr(np, name)
        if isinstance(plain, type):
            continue

        def loading(file: Any, *args: Any, _plain: Any = plain, **kwargs: Any) -> Any:
            if _is_fake(file) or (isinstance(file, str | os.PathLike) and _missing(file)):
                return Stub("npz") if str(getattr(file, "name", file)).endswith(".npz") else _array()
            return _plain(file, *args, **kwargs)

        setattr(np, name, loading)
    for owner, name in ((json, "load"), (pickle, "load"), (torch, "load")):
        plain = getattr(owner, name)

        def reading(
            file: Any, *args: Any, _plain: Any = plain, _name: str = f"{owner.__name__}.load", **kwargs: Any
        ) -> Any:
            if _is_fake(file) or (isinstance(file, str | os.PathLike) and _missing(file)):
                return Stub(_name)
            return _plain(file, *args, **kwargs)

        setattr(owner, name, reading)
    plain_yaml = yaml.load

    def load(stream: Any, Loader: Any = yaml.FullLoader) -> Any:  # noqa: N803 - its name
        # PyYAML before 6 took a call without a loader.
        return _Unread("yaml.load") if _is_fake(stream) else plain_yaml(stream, Loader)

    yaml.load = load
    np.save = np.savez = np.savetxt = lambda *args, **kwargs: None  # type: ignore[assignment]
    torch.save = lambda *args, **kwargs: None


class _Options(argparse.Namespace):
    """The values of a program's options; those that a program reads and no parser of it has are stubs."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        notes.decided[f"option {name}"] = None
        return Stub(f"args.{name}")


# Programs pickle their options, and pickle asks the module for the class.
_Options.__module__ = "argparse"


def _actions(parser: argparse.ArgumentParser) -> Iterator[Any]:
    """The options of a program and of its sub-programs."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _actions(below)
        yield action


def _itself(value: Any) -> Any:
    return value


def _install_programs() -> None:
    """Options take their defaults, whatever is required; nobody ends the program. What old releases took is taken."""
    import torch

    plain_parse, plain_seed = argparse.ArgumentParser.parse_known_args, random.seed

    def parse_known_args(self: argparse.ArgumentParser, args: Any = None, namespace: Any = None) -> Any:
        required = {id(action) for action in _actions(self) if action.required}
        for action in self._actions:
            action.required = False
        try:
            parsed, rest = plain_parse(self, args if args else [], namespace)
        except (SystemExit, Exception):  # noqa: BLE001
            parsed, rest = argparse.Namespace(), []
        for action in _actions(self):
            if action.dest == argparse.SUPPRESS or getattr(parsed, action.dest, None) is not None:
                continue
            given = action.default if action.default is not argparse.SUPPRESS else None
            if given is None and (action.required or not action.option_strings or id(action) in required):
                given = (
                    action.type(NUMBER)
                    if action.type in {int, float}
                    else next(iter(action.choices or ()), action.dest)
                )
            if given is not None or not hasattr(parsed, action.dest):
                setattr(parsed, action.dest, given)
        return _Options(**vars(parsed)), rest

    def seed(a: Any = None, version: int = 2) -> None:
        # Python before 3.11 hashed what it did not know, NumPy's integers among it.
        plain_seed(int(a) if isinstance(a, np.integer) else a, version)

    plain_process = dataclasses._process_class  # type: ignore[attr-defined]

    def process(cls: type, *args: Any, **kwargs: Any) -> type:
        # Python before 3.11 took an object of a dataclass for a default.
        for name in inspect.get_annotations(cls):
            value = cls.__dict__.get(name)
            if dataclasses.is_dataclass(value) and not isinstance(value, type):
                setattr(cls, name, dataclasses.field(default_factory=functools.partial(_itself, value)))
        made: type = plain_process(cls, *args, **kwargs)
        return made

    _replace(dataclasses, "_process_class", process)
    _replace(argparse, "_Options", _Options)
    parser, sampler = argparse.ArgumentParser, torch.utils.data.Sampler
    _replace(parser, "parse_known_args", parse_known_args)
    _replace(parser, "parse_args", lambda self, args=None, namespace=None: parse_known_args(self, args, namespace)[0])
    _replace(random, "seed", seed)
    plain_sampler = sampler.__init__
    _replace(sampler, "__init__", lambda self, *args, **kwargs: plain_sampler(self))
    for old, new in (("int", int), ("float", float), ("bool", bool), ("object", object), ("str", str), ("long", int)):
        if old not in np.__dict__:
            setattr(np, old, new)

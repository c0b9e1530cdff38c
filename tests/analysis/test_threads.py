"""Threads that analyse beside each other: each says what it says alone, and the interpreter is as before."""

import gc
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import msgspec
import pytest

import analysis
from analysis.engine import analyse
from analysis.facts.module import read_facts
from tests.support.trees import MemoryTree

_OWN = sorted(Path(analysis.__file__).parent.rglob("*.py"))[:80]
_T = TypeVar("_T")
_ESCAPE = b'WRONG = "\\d"\n'
"""Python's parser warns of it."""


@pytest.fixture(autouse=True)
def often() -> Iterator[None]:
    """Threads that take turns far more often than they do otherwise."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def _in_two_threads(work: Callable[[bytes], _T], given: Sequence[bytes]) -> list[list[_T]]:
    """What `work` makes of all that is given, in one thread from the start and in one from the end."""
    start = Barrier(2)

    def all_of(order: Sequence[bytes]) -> list[_T]:
        start.wait()
        return [work(each) for each in order]

    with ThreadPoolExecutor(2) as threads:
        forwards, backwards = threads.map(all_of, (given, given[::-1]))
    return [forwards, backwards[::-1]]


def _encoded(data: bytes) -> bytes:
    return msgspec.msgpack.encode(read_facts(data))


def test_facts_are_the_same_whatever_another_thread_reads() -> None:
    files = [path.read_bytes() + _ESCAPE for path in _OWN]
    alone = [_encoded(data) for data in files]
    for found in _in_two_threads(_encoded, files):
        assert found == alone


def test_reports_are_the_same_and_the_interpreter_is_as_it_was() -> None:
    deep = b"def f(x):\n" + b"".join(b" " * depth + b"if x:\n" for depth in range(1, 60)) + b" " * 60 + b"pass\n"
    before = (gc.isenabled(), sys.getrecursionlimit(), list(warnings.filters))
    given = [path.read_bytes() + _ESCAPE + deep for path in _OWN[:20]]
    alone = [analyse(MemoryTree({"main.py": data})) for data in given]
    for found in _in_two_threads(lambda data: analyse(MemoryTree({"main.py": data})), given):
        assert found == alone
    assert (gc.isenabled(), sys.getrecursionlimit(), list(warnings.filters)) == before

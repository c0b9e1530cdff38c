"""What of a loader's arguments is taken for granted."""

from typing import Any

import pytest

from miner.verify.inside.building import Loader
from miner.verify.inside.resolving import assumed, unresolved
from miner.verify.inside.sources import Sources
from miner.verify.inside.stub import Stub


@pytest.mark.parametrize(
    ("workers", "kind", "known", "told"),
    [
        (0, "default", True, "workers being asked for"),
        (0, "unknown", True, "workers being asked for"),
        (0, "literal", False, ""),
        (4, "default", True, ""),
        (Stub("args.workers"), "default", True, ""),
    ],
)
def test_a_loader_without_workers_is_not_taken_for_one_with(workers: Any, kind: str, known: bool, told: str) -> None:
    loader, pair = Loader({"num_workers": workers}), {"workers_kind": kind}
    assert (not unresolved(loader, pair, Sources({}))) == known
    if known:
        said = assumed(loader, pair, Sources({}))
        assert ([one.startswith(told) for one in said] or [not told]) == [True]

"""Functions by what stands in their bodies: nothing is overlooked, and little is read in vain."""

from textwrap import dedent

import pytest

from analysis.link.project import Project
from analysis.link.scopes import FunctionInfo
from tests.support.trees import MemoryTree


def function(body: str) -> FunctionInfo:
    source = f"def work(self, other, values):\n{dedent(body)}".replace("\n", "\n    ")
    module = Project(MemoryTree({"a.py": source.encode()})).module("a.py")
    assert module is not None
    return module.functions[0]


SETS = [
    "self.state = 1",
    "self.state += 1",
    "self.state: int = 1",
    "self.first, (other.state, last) = values",
    "for self.state in values: pass",
    "with open(other) as self.state: pass",
    "setattr(self, 'state', values)",
    "other['state'] = 1",
    "other.update(state=values)",
]
CHANGES = [
    "self.state.append(1)",
    "self.state[0] = 1",
    "self.state.more.update(values)",
    "self.state.more['key'] = 1",
    "self.state += values",
]
CALLS = ["state(1)", "other.state()", "values[state(1)].rest", "other.state()(1)", "print(f'{state()}')"]
READS = ["other = self.state", "print(state)", "other(state=self.state == 1)", "return 'state'", "del self.states"]


@pytest.mark.parametrize("body", SETS)
def test_what_sets_an_attribute_or_a_key_is_read(body: str) -> None:
    found = function(body)
    assert found.sets("state")
    scope = found.scope
    changed = {getattr(change.key, "value", None) for changes in scope.changes.values() for change in changes}
    assert "state" in {assign.name for assign in scope.attributes} | changed


@pytest.mark.parametrize("body", CHANGES)
def test_what_changes_an_attribute_in_place_is_read(body: str) -> None:
    found = function(body)
    assert found.changes("state")
    assert any(holder.startswith("self.state") for holder in found.scope.changes)


@pytest.mark.parametrize("body", CALLS)
def test_what_calls_a_name_is_read(body: str) -> None:
    found = function(body)
    assert found.calls("state")
    assert list(found.module.calls_by_name.get("state"))


@pytest.mark.parametrize("body", READS)
def test_what_only_names_it_is_not_read(body: str) -> None:
    found = function(body)
    assert (found.calls("state"), found.sets("state"), found.changes("state")) == (False, False, False)
    assert found.mentions("state") is ("states" not in body)
    assert found.noted is not None
    assert found.noted.statements is None

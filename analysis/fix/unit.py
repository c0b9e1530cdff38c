"""One piece of source under edit, a file or a notebook's cell: edits are noted by node, then made in one pass.

Nodes are those of the text as it was read, so that edits do not disturb each other's places.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TypeVar, cast

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

Edit = Callable[[cst.CSTNode], cst.CSTNode]
_Node = TypeVar("_Node", bound=cst.CSTNode)
Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


def inside(node: cst.CSTNode, kind: type[_Node]) -> Iterator[_Node]:
    """The nodes of a kind in a tree, its root included, outermost first. LibCST's matchers take long to load."""
    if isinstance(node, kind):
        yield node
    for child in node.children:
        yield from inside(child, kind)


def is_attribute_of_self(node: cst.CSTNode) -> bool:
    """Whether a node is `self.something`."""
    return isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == "self"


class Unit:
    """A parsed text and the edits that are to be made in it.

    Raises:
        cst.ParserSyntaxError: where it is not Python of today.
    """

    def __init__(self, source: str | bytes) -> None:
        self.module = cst.parse_module(source)
        self._edits: dict[int, list[Edit]] = {}
        self._inserted: dict[int, list[Statement]] = {}
        self._kept: list[cst.CSTNode] = []

    @property
    def edited(self) -> bool:
        return bool(self._edits or self._inserted)

    @property
    def statements(self) -> Sequence[Statement]:
        """The statements of the outermost level."""
        return self.module.body

    # Finding.

    @cached_property
    def _places(self) -> "dict[cst.CSTNode, CodeRange]":
        wrapper = MetadataWrapper(self.module, unsafe_skip_copy=True)
        return cast("dict[cst.CSTNode, CodeRange]", wrapper.resolve(PositionProvider))

    def lines(self, node: cst.CSTNode) -> tuple[int, int]:
        """The first and the last line of a node, from 1."""
        place = self._places[node]
        return place.start.line, place.end.line

    def columns(self, node: cst.CSTNode) -> tuple[int, int]:
        """The columns at which a node begins and ends, from 0."""
        place = self._places[node]
        return place.start.column, place.end.column

    def nodes(self, kind: type[_Node], *, line: int | None = None) -> Iterator[_Node]:
        """The nodes of a kind, those that begin on a line first found outermost."""
        for node, place in self._by_line.get(line, []) if line is not None else self._places.items():
            if isinstance(node, kind) and (line is None or place.start.line == line):
                yield node

    @cached_property
    def _by_line(self) -> "dict[int | None, list[tuple[cst.CSTNode, CodeRange]]]":
        found: dict[int | None, list[tuple[cst.CSTNode, CodeRange]]] = {}
        for node, place in self._places.items():
            found.setdefault(place.start.line, []).append((node, place))
        for nodes in found.values():
            nodes.sort(key=lambda item: (-item[1].end.line, item[1].start.column, -item[1].end.column))
        return found

    def around(self, line: int) -> list[cst.FunctionDef | cst.ClassDef | cst.Lambda]:
        """The functions, classes and lambdas that a line stands in, outermost first."""
        holders = [
            node
            for node in self._places
            if isinstance(node, cst.FunctionDef | cst.ClassDef | cst.Lambda)
            and self.lines(node)[0] <= line <= self.lines(node)[1]
        ]
        return sorted(holders, key=lambda node: (self.lines(node)[0], -self.lines(node)[1]))

    def function_at(self, line: int) -> cst.FunctionDef | None:
        """The function whose `def`, or one of whose decorators, begins on the line."""
        for node in self.nodes(cst.FunctionDef):
            first = self.lines(node)[0]
            named = self._places[node.name].start.line
            if first <= line <= named:
                return node
        return None

    def top_index(self, node: cst.CSTNode) -> int:
        """Which statement of the outermost level a node stands in."""
        line = self.lines(node)[0]
        return next(index for index, statement in enumerate(self.statements) if self.lines(statement)[1] >= line)

    # Editing.

    def edit(self, node: cst.CSTNode, change: Edit) -> None:
        """Note that a node becomes what `change` makes of it, after the changes inside it."""
        self._edits.setdefault(id(node), []).append(change)
        self._kept.append(node)

    def is_edited(self, node: cst.CSTNode) -> bool:
        """Whether an edit of the node itself is noted."""
        return id(node) in self._edits

    def replace(self, node: cst.CSTNode, by: cst.CSTNode) -> None:
        """Note that a node becomes another."""
        self.edit(node, lambda _: by)

    def insert(self, index: int, statement: Statement) -> None:
        """Note a statement that goes before the statement `index` of the outermost level."""
        self._inserted.setdefault(index, []).append(statement)

    def rendered(self) -> cst.Module:
        """The module with all edits made."""
        module = self.module.visit(_Editor(self._edits))
        body = list(module.body)
        for index in sorted(self._inserted, reverse=True):
            body[index:index] = self._inserted[index]
        return module.with_changes(body=body)


class _Editor(cst.CSTTransformer):
    def __init__(self, edits: dict[int, list[Edit]]) -> None:
        super().__init__()
        self.edits = edits

    def on_leave(self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT) -> cst.CSTNodeT:
        changed: cst.CSTNode = updated_node
        for change in self.edits.get(id(original_node), ()):
            changed = change(changed)
        return cast(cst.CSTNodeT, changed)

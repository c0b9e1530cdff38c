"""What each module, class and function of a repository binds, calls and assigns: facts arranged for look-up."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from analysis.facts import ir
from analysis.facts.module import ModuleFacts

Guard: TypeAlias = "tuple[ir.Expr, bool]"


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """One place where a name gets a value.

    `path` leads into a destructured value (`for i, (a, b) in ...`: b is `(1, 1)`); `iterated` when the value
    is an element of `value` and not `value` itself. `start` and `end` are the lines of the innermost block,
    `guards` the tests around it, each with the answer that leads here.
    """

    node: "ir.Expr | ir.Import | ir.ImportFrom | FunctionInfo | ClassInfo"
    line: int
    start: int
    end: int
    guards: "tuple[Guard, ...]" = ()
    path: tuple[int, ...] = ()
    iterated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A container or object changed in place. `how`: `item` (`x[key] = value`), `attr`, `aug`, or a method's name."""

    how: str
    key: "ir.Expr | None"
    values: tuple["ir.Expr", ...]
    line: int


@dataclass(frozen=True, slots=True, eq=False)
class AttrAssign:
    """`target.name = value` (or `+=` and the like, `op`)."""

    target: "ir.Expr"
    name: str
    binding: Binding
    op: str | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """The bindings of a module's, class's or function's own body; nested bodies have their own."""

    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    changes: dict[str, list[Change]] = field(default_factory=dict)
    attributes: list[AttrAssign] = field(default_factory=list)
    returns: list[ir.Return] = field(default_factory=list)
    yields: list[ir.Yield] = field(default_factory=list)
    calls: list[ir.Call] = field(default_factory=list)
    stars: list[ir.ImportFrom] = field(default_factory=list)
    loops: list["ir.For | ir.While"] = field(default_factory=list)
    outer: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class ClassInfo:
    module: "Module"
    node: ir.ClassDef
    qualname: str
    owner: "FunctionInfo | None"
    methods: dict[str, "FunctionInfo"]
    scope: Scope

    @property
    def name(self) -> str:
        return self.node.name

    def __repr__(self) -> str:
        return f"<class {self.module.path}:{self.node.line} {self.qualname}>"


@dataclass(slots=True, eq=False)
class FunctionInfo:
    """A function, method or lambda. `owner` is the function around it, `cls` the class it is a method of."""

    module: "Module"
    node: "ir.FunctionDef | ir.Lambda"
    qualname: str
    owner: "FunctionInfo | None"
    cls: ClassInfo | None
    scope: Scope

    @property
    def name(self) -> str:
        return self.node.name if isinstance(self.node, ir.FunctionDef) else "<lambda>"

    @property
    def line(self) -> int:
        return self.node.line

    @property
    def params(self) -> list[ir.Param]:
        return self.node.params

    def decorator_names(self) -> list[str]:
        """The last part of each decorator's name."""
        if isinstance(self.node, ir.Lambda):
            return []
        return [leaf_name(decorator) for decorator in self.node.decorators]

    def __repr__(self) -> str:
        return f"<function {self.module.path}:{self.line} {self.qualname}>"


Body: TypeAlias = "FunctionInfo | ClassInfo | Module"


@dataclass(slots=True, eq=False)
class Module:
    """A file with its scopes. Loading it indexes every function and class in it."""

    path: str
    facts: ModuleFacts
    scope: Scope = field(default_factory=Scope)
    functions: list[FunctionInfo] = field(default_factory=list)
    classes: list[ClassInfo] = field(default_factory=list)
    lambdas: dict[int, FunctionInfo] = field(default_factory=dict)
    calls_by_name: dict[str, list[tuple[ir.Call, "FunctionInfo | ClassInfo | None"]]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: str, facts: ModuleFacts) -> "Module":
        module = cls(path, facts)
        _Indexer(module).run()
        return module

    def place(self, line: int) -> str:
        """`path:line` as the report writes it; in a notebook `path:cCELL:LINE`."""
        path, number = self.locate(line)
        return f"{path}:{number}"

    def locate(self, line: int) -> tuple[str, int]:
        """The reported path and line of a line of the facts."""
        cells = self.facts.cells
        if cells is None or not 1 <= line <= len(cells):
            return self.path, line
        cell, inner = cells[line - 1]
        return f"{self.path}:c{cell}", inner

    def bodies(self) -> Iterator["tuple[Scope, FunctionInfo | ClassInfo | None]"]:
        """Each scope with what it belongs to; the module's own comes first."""
        yield self.scope, None
        for function in self.functions:
            yield function.scope, function
        for owner in self.classes:
            yield owner.scope, owner

    def __repr__(self) -> str:
        return f"<module {self.path}>"


def leaf_name(expr: "ir.Expr | None") -> str:
    """The last part of a dotted name, through calls: `a.b.c(...)` is `c`; an empty text for anything else."""
    while isinstance(expr, ir.Call):
        expr = expr.func
    if isinstance(expr, ir.Attr):
        return expr.name
    if isinstance(expr, ir.Name):
        return expr.id
    return ""


def dotted_name(expr: "ir.Expr | None") -> str:
    """`a.b.c` for a chain of names; an empty text for anything else."""
    parts: list[str] = []
    while isinstance(expr, ir.Attr):
        parts.append(expr.name)
        expr = expr.value
    if not isinstance(expr, ir.Name):
        return ""
    parts.append(expr.id)
    return ".".join(reversed(parts))


def _child_fields(kind: type[ir.Node]) -> tuple[str, ...]:
    """The fields of a node type that hold nodes: all but those of plain values."""
    return tuple(name for name, hint in kind.__annotations__.items() if str(hint) not in _PLAIN and hint not in _TYPES)


_TYPES = (str, int, bool)
_PLAIN = frozenset({"str | None", "list[str]", "bool | int | float | str | None"})

_CHILDREN: dict[type[ir.Node], tuple[str, ...]] = {
    kind: _child_fields(kind)
    for kind in vars(ir).values()
    if isinstance(kind, type) and issubclass(kind, ir.Node) and kind is not ir.Node
}

_LAST_FIRST = {kind: fields[::-1] for kind, fields in _CHILDREN.items()}


def children(node: ir.Node) -> Iterator[ir.Node]:
    """The nodes directly below a node, in order of evaluation as far as the fields tell."""
    for name in _CHILDREN[type(node)]:
        value = getattr(node, name)
        if type(value) is list:
            for item in value:
                if item is not None:
                    yield item
        elif value is not None:
            yield value


def descendants(node: ir.Node) -> Iterator[ir.Node]:
    """A node and everything below it, outermost first."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(children(current))


class _Indexer:
    def __init__(self, module: Module) -> None:
        self.module = module
        self.guards: tuple[Guard, ...] = ()

    def run(self) -> None:
        self._block(self.module.facts.body, self.module.scope, None, None, "")

    def _block(
        self,
        block: ir.Block,
        scope: Scope,
        function: FunctionInfo | None,
        cls: ClassInfo | None,
        prefix: str,
    ) -> None:
        for statement in block.body:
            self._statement(statement, block, scope, function, cls, prefix)

    def _statement(
        self,
        node: ir.Stmt,
        block: ir.Block,
        scope: Scope,
        function: FunctionInfo | None,
        cls: ClassInfo | None,
        prefix: str,
    ) -> None:
        owner = cls if cls is not None else function

        def expr(value: ir.Expr | None) -> None:
            if value is not None:
                self._expr(value, scope, owner, function, prefix, block)

        def inner(child: ir.Block) -> None:
            self._block(child, scope, function, cls, prefix)

        match node:
            case ir.Assign():
                expr(node.value)
                for target in node.targets:
                    self._target(target, node.value, scope, node.line, block, ())
                    expr(target) if not isinstance(target, ir.Name) else None
            case ir.AugAssign():
                expr(node.value)
                self._augmented(node, scope, block)
            case ir.For():
                scope.loops.append(node)
                expr(node.iter)
                # The loop's variable lives in the loop's body for the purpose of what reaches what.
                span = node.body if node.body.body else block
                self._target(node.target, node.iter, scope, node.line, ir.Block([], node.line, span.end), (), True)
                inner(node.body)
                inner(node.orelse)
            case ir.While():
                scope.loops.append(node)
                expr(node.test)
                inner(node.body)
                inner(node.orelse)
            case ir.If():
                expr(node.test)
                outside = self.guards
                self.guards = (*outside, (node.test, True))
                inner(node.body)
                self.guards = (*outside, (node.test, False))
                inner(node.orelse)
                self.guards = outside
            case ir.With():
                for item in node.items:
                    expr(item.value)
                    if item.target is not None:
                        self._target(item.target, item.value, scope, node.line, block, ())
                # What a `with` binds is seen after it as well.
                self._block(ir.Block(node.body.body, block.start, block.end), scope, function, cls, prefix)
            case ir.Try():
                inner(node.body)
                for handler in node.handlers:
                    inner(handler)
                inner(node.orelse)
                self._block(ir.Block(node.final.body, block.start, block.end), scope, function, cls, prefix)
            case ir.Return():
                scope.returns.append(node)
                expr(node.value)
            case ir.Do():
                expr(node.value)
            case ir.Stop():
                expr(node.value)
            case ir.Import() | ir.ImportFrom():
                self._import(node, scope, block)
            case ir.FunctionDef():
                self._function(node, block, scope, function, cls, prefix)
            case ir.ClassDef():
                self._class(node, block, scope, function, prefix)
            case ir.Declare():
                scope.outer |= frozenset(node.names)

    def _import(self, node: ir.Import | ir.ImportFrom, scope: Scope, block: ir.Block) -> None:
        if node.name == "*" and isinstance(node, ir.ImportFrom):
            scope.stars.append(node)
            return
        bound = node.name.split(".")[0] if isinstance(node, ir.Import) else node.name
        name = node.alias or bound
        scope.bindings.setdefault(name, []).append(Binding(node, node.line, block.start, block.end, self.guards))

    def _function(
        self,
        node: ir.FunctionDef,
        block: ir.Block,
        scope: Scope,
        function: FunctionInfo | None,
        cls: ClassInfo | None,
        prefix: str,
    ) -> None:
        info = FunctionInfo(self.module, node, prefix + node.name, function, cls, Scope())
        self.module.functions.append(info)
        scope.bindings.setdefault(node.name, []).append(Binding(info, node.line, block.start, block.end, self.guards))
        if cls is not None:
            # Of two methods of a name the last wins, but a property's setter must not hide its getter.
            part_of_property = any(leaf_name(decorator) in {"setter", "deleter"} for decorator in node.decorators)
            cls.methods[node.name] = cls.methods.get(node.name, info) if part_of_property else info
        owner = cls if cls is not None else function
        for decorator in node.decorators:
            self._expr(decorator, scope, owner, function, prefix, block)
        for param in node.params:
            if param.default is not None:
                self._expr(param.default, scope, owner, function, prefix, block)
        outside, self.guards = self.guards, ()
        self._block(node.body, info.scope, info, None, f"{prefix}{node.name}.")
        self.guards = outside

    def _class(
        self, node: ir.ClassDef, block: ir.Block, scope: Scope, function: FunctionInfo | None, prefix: str
    ) -> None:
        info = ClassInfo(self.module, node, prefix + node.name, function, {}, Scope())
        self.module.classes.append(info)
        scope.bindings.setdefault(node.name, []).append(Binding(info, node.line, block.start, block.end, self.guards))
        for value in [*node.bases, *node.decorators, *(keyword.value for keyword in node.keywords)]:
            self._expr(value, scope, function, function, prefix, block)
        self._block(node.body, info.scope, function, info, f"{prefix}{node.name}.")

    def _target(
        self,
        target: ir.Expr,
        value: ir.Expr,
        scope: Scope,
        line: int,
        block: ir.Block,
        path: tuple[int, ...],
        iterated: bool = False,
    ) -> None:
        match target:
            case ir.Name():
                binding = Binding(value, line, block.start, block.end, self.guards, path, iterated)
                scope.bindings.setdefault(target.id, []).append(binding)
            case ir.Seq():
                paired = isinstance(value, ir.Seq) and not iterated and len(value.items) == len(target.items)
                for index, item in enumerate(target.items):
                    if paired and not path and isinstance(value, ir.Seq):
                        self._target(item, value.items[index], scope, line, block, ())
                    else:
                        self._target(item, value, scope, line, block, (*path, index), iterated)
            case ir.Star():
                self._target(target.value, value, scope, line, block, path, iterated)
            case ir.Attr():
                binding = Binding(value, line, block.start, block.end, self.guards, path, iterated)
                scope.attributes.append(AttrAssign(target.value, target.name, binding))
            case ir.Sub():
                holder = dotted_name(target.value)
                if holder:
                    scope.changes.setdefault(holder, []).append(Change("item", target.index, (value,), line))

    def _augmented(self, node: ir.AugAssign, scope: Scope, block: ir.Block) -> None:
        holder = dotted_name(node.target)
        if holder:
            scope.changes.setdefault(holder, []).append(Change(f"{node.op}=", None, (node.value,), node.line))
        if isinstance(node.target, ir.Attr):
            binding = Binding(node.value, node.line, block.start, block.end, self.guards)
            scope.attributes.append(AttrAssign(node.target.value, node.target.name, binding, node.op))

    def _expr(
        self,
        node: ir.Node,
        scope: Scope,
        owner: "FunctionInfo | ClassInfo | None",
        function: FunctionInfo | None,
        prefix: str,
        block: ir.Block,
    ) -> None:
        pending: list[ir.Node] = [node]
        while pending:
            current = pending.pop()
            kind = type(current)
            if kind is ir.Name or kind is ir.Const:
                continue
            if kind is ir.Lambda:
                self._lambda(current, scope, function, prefix, block)  # type: ignore[arg-type]  # just seen
                continue
            if kind is ir.Call:
                self._called(current, scope, owner)  # type: ignore[arg-type]
            elif kind is ir.Yield:
                scope.yields.append(current)  # type: ignore[arg-type]
            elif isinstance(current, ir.Walrus):
                self._target(current.target, current.value, scope, current.target.line, block, ())
            elif isinstance(current, ir.Comp):
                span = ir.Block([], current.line, max(current.line, block.end))
                for generator in current.generators:
                    self._target(generator.target, generator.iter, scope, current.line, span, (), True)
            for name in _LAST_FIRST[kind]:
                value = getattr(current, name)
                if type(value) is list:
                    pending.extend(item for item in reversed(value) if item is not None)
                elif value is not None:
                    pending.append(value)

    def _called(self, call: ir.Call, scope: Scope, owner: "FunctionInfo | ClassInfo | None") -> None:
        scope.calls.append(call)
        name = leaf_name(call.func)
        if name:
            self.module.calls_by_name.setdefault(name, []).append((call, owner))
        if isinstance(call.func, ir.Attr) and call.func.name in _CHANGING:
            holder = dotted_name(call.func.value)
            if holder:
                self._change(call, call.func.name, holder, scope)

    @staticmethod
    def _change(call: ir.Call, method: str, holder: str, scope: Scope) -> None:
        values: list[ir.Expr] = list(call.args)
        if method == "update":
            for keyword in call.keywords:
                if keyword.name is not None:
                    key = ir.Const(keyword.name)
                    scope.changes.setdefault(holder, []).append(Change("item", key, (keyword.value,), call.line))
                else:
                    values.append(keyword.value)
        scope.changes.setdefault(holder, []).append(Change(method, None, tuple(values), call.line))

    def _lambda(
        self, node: ir.Lambda, scope: Scope, function: FunctionInfo | None, prefix: str, block: ir.Block
    ) -> None:
        info = FunctionInfo(self.module, node, f"{prefix}<lambda>", function, None, Scope())
        self.module.functions.append(info)
        self.module.lambdas[id(node)] = info
        span = ir.Block([], node.line, node.line)
        self._expr(node.body, info.scope, info, info, info.qualname + ".", span)
        info.scope.returns.append(ir.Return(node.body, node.line))
        for param in node.params:
            if param.default is not None:
                self._expr(param.default, scope, function, function, prefix, block)


_CHANGING = frozenset({"append", "extend", "insert", "add", "update", "setdefault", "add_argument", "setattr"})

"""Facts to scopes: one pass over a file's statements; what stands in a function waits until it is asked for."""

from collections.abc import Callable
from typing import Any

import msgspec

from analysis.facts import ir
from analysis.facts.module import ModuleFacts
from analysis.link.scopes import (
    CHILDREN,
    AttrAssign,
    Binding,
    Change,
    ClassInfo,
    FunctionInfo,
    Guard,
    Module,
    Owner,
    Rebound,
    Scope,
    dotted_name,
    holder_name,
    leaf_name,
)


def index(path: str, facts: ModuleFacts) -> Module:
    """A file's facts as a module with its scopes."""
    module = Module(path, facts)
    indexer = _Indexer(module)
    indexer.block(facts.body, _Place(module.scope, None, None, ""))
    module.declaring = [each for each in module.functions if each.noted is None and each.scope.outer]
    _give_methods(module)
    return module


def _give_methods(module: Module) -> None:
    """Functions that a class gets by assignment: `__getitem__ = read` in it, `Set.__getitem__ = read` below it."""
    for cls in module.classes:
        for name in _SPECIAL.intersection(cls.scope.bindings):
            _give(cls, name, cls.scope.bindings[name][-1], module)
    for assign in module.scope.attributes:
        if isinstance(assign.target, ir.Name) and not assign.binding.path:
            for holder in module.scope.bindings.get(assign.target.id, ()):
                if isinstance(holder.node, ClassInfo):
                    _give(holder.node, assign.name, assign.binding, module)


def _give(cls: ClassInfo, name: str, given: Binding, module: Module) -> None:
    match given.node:
        case ir.Name(id=function):
            defined = [each.node for each in module.scope.bindings.get(function, ())]
            method = defined[-1] if defined else None
        case ir.Lambda():
            method = module.lambdas.get(id(given.node))
        case _:
            method = None
    if isinstance(method, FunctionInfo) and method.params:
        cls.methods[name] = method


def _scope_of(function: FunctionInfo) -> Scope:
    """The scope of a function that has no functions in it, read when it is first looked at."""
    scope = Scope()
    _Indexer(function.module).body(function, scope, noted=False)
    return scope


_SPECIAL = frozenset({"__call__", "__getitem__", "__getitems__", "__iter__", "__next__"})
"""What Python itself calls on a class."""


class _Place(msgspec.Struct, frozen=True, eq=False):
    """The body that is being read: `owner` is what the scope belongs to, `function` the innermost function.

    `noted`: its calls go to the module's own list; where not, they are looked for in the scope.
    """

    scope: Scope
    owner: Owner
    function: FunctionInfo | None
    prefix: str
    noted: bool = True


class _Way:
    """A way through statements: the names it has bound for sure, and whether it leaves them before their end."""

    __slots__ = ("bound", "ended")

    def __init__(self, bound: set[str] | None = None, ended: bool = False) -> None:
        self.bound = set() if bound is None else bound
        self.ended = ended


class _Indexer:
    def __init__(self, module: Module) -> None:
        self.module = module
        self.guards: tuple[Guard, ...] = ()
        self.way = _Way()

    def block(self, block: ir.Block, place: _Place) -> None:
        for statement in block.body:
            _STATEMENTS[type(statement)](self, statement, block, place)

    def body(self, info: FunctionInfo, scope: Scope, *, noted: bool) -> None:
        outside, self.guards = self.guards, ()
        if isinstance(info.node, ir.FunctionDef):
            self._way(info.node.body, _Place(scope, info, info, f"{info.qualname}.", noted))
        self.guards = outside

    def _way(self, block: ir.Block, place: _Place) -> "_Way":
        """Reads a block that may not run, or not to its end, and says what it has bound when it has."""
        outside, self.way = self.way, _Way()
        self.block(block, place)
        way, self.way = self.way, outside
        return way

    def _joined(self, ways: "list[_Way]", first: int, last: int, block: ir.Block, scope: Scope) -> None:
        """After a statement through which there are these ways: each of those that lead on has bound what all have."""
        leading = [way.bound for way in ways if not way.ended]
        if not leading:
            self.way.ended = True
            return
        for name in leading[0].intersection(*leading[1:]):
            self.way.bound.add(name)
            scope.rebound.setdefault(name, []).append(Rebound(first, last, block.start, block.end))

    # Statements.

    def _assign(self, node: ir.Assign, block: ir.Block, place: _Place) -> None:
        if _only_annotates(node) and not isinstance(place.owner, ClassInfo):
            return
        self._expr(node.value, block, place)
        for target in node.targets:
            self._target(target, node.value, node.line, block, place)
            self._expr(target, block, place)
            self._bound(target)

    def _bound(self, target: ir.Expr) -> None:
        for each in target.items if isinstance(target, ir.Seq) else (target,):
            if isinstance(each, ir.Name):
                self.way.bound.add(each.id)

    def _augmented(self, node: ir.AugAssign, block: ir.Block, place: _Place) -> None:
        self._expr(node.value, block, place)
        if isinstance(node.target, ir.Sub):
            _item_changed(node.target, f"item{node.op}=", node.value, node.line, place.scope)
        holder = dotted_name(node.target)
        if holder:
            place.scope.changes.setdefault(holder, []).append(Change(f"{node.op}=", None, (node.value,), node.line))
        if isinstance(node.target, ir.Attr):
            binding = Binding(node.value, node.line, block.start, block.end, self.guards)
            place.scope.attributes.append(AttrAssign(node.target.value, node.target.name, binding, node.op))

    def _for(self, node: ir.For, block: ir.Block, place: _Place) -> None:
        place.scope.loops.append(node)
        self._expr(node.iter, block, place)
        # The loop's variable lives in the loop's body for the purpose of what reaches what.
        span = ir.Block((), node.line, (node.body if node.body.body else block).end)
        self._target(node.target, node.iter, node.line, span, place, iterated=True)
        self._way(node.body, place)
        self._way(node.orelse, place)

    def _while(self, node: ir.While, block: ir.Block, place: _Place) -> None:
        place.scope.loops.append(node)
        self._expr(node.test, block, place)
        self._way(node.body, place)
        self._way(node.orelse, place)

    def _if(self, node: ir.If, block: ir.Block, place: _Place) -> None:
        self._expr(node.test, block, place)
        outside = self.guards
        self.guards = (*outside, (node.test, True))
        ways = [self._way(node.body, place)]
        if node.orelse.body:
            self.guards = (*outside, (node.test, False))
            ways.append(self._way(node.orelse, place))
            self._joined(ways, node.line, node.orelse.end, block, place.scope)
        self.guards = outside

    def _with(self, node: ir.With, block: ir.Block, place: _Place) -> None:
        for item in node.items:
            self._expr(item.value, block, place)
            if item.target is not None:
                self._target(item.target, item.value, node.line, block, place)
                self._bound(item.target)
        # What a `with` binds is seen after it as well.
        self.block(ir.Block(node.body.body, block.start, block.end), place)

    def _try(self, node: ir.Try, block: ir.Block, place: _Place) -> None:
        through, after = self._way(node.body, place), self._way(node.orelse, place)
        ways = [_Way(through.bound | after.bound, through.ended or after.ended)]
        ways += [self._way(handler, place) for handler in node.handlers]
        last = max(each.end for each in (node.body, *node.handlers, node.orelse))
        self._joined(ways, node.line, last, block, place.scope)
        self.block(ir.Block(node.final.body, block.start, block.end), place)

    def _return(self, node: ir.Return, block: ir.Block, place: _Place) -> None:
        place.scope.returns.append(node)
        if node.value is not None:
            self._expr(node.value, block, place)
        self.way.ended = True

    def _do(self, node: ir.Do, block: ir.Block, place: _Place) -> None:
        self._expr(node.value, block, place)
        match node.value:
            case ir.Call(func=ir.Name(id="setattr"), args=(target, ir.Const(value=str(name)), value)):
                binding = Binding(value, node.value.line, block.start, block.end, self.guards)
                place.scope.attributes.append(AttrAssign(target, name, binding))
            case ir.Call(func=ir.Name(id="exit" | "quit") | ir.Attr(value=ir.Name(id="sys"), name="exit")):
                self.way.ended = True

    def _stop(self, node: ir.Stop, block: ir.Block, place: _Place) -> None:
        if node.value is not None:
            self._expr(node.value, block, place)
        self.way.ended = True

    def _import(self, node: ir.Import, block: ir.Block, place: _Place) -> None:
        self._bind(node.alias or node.name.split(".")[0], node, block, place)

    def _import_from(self, node: ir.ImportFrom, block: ir.Block, place: _Place) -> None:
        if node.name == "*":
            place.scope.stars.append(node)
        else:
            self._bind(node.alias or node.name, node, block, place)

    def _declare(self, node: ir.Declare, _block: ir.Block, place: _Place) -> None:
        place.scope.outer |= frozenset(node.names)

    def _bind(
        self,
        name: str,
        node: "ir.Import | ir.ImportFrom | FunctionInfo | ClassInfo",
        block: ir.Block,
        place: _Place,
    ) -> None:
        line = node.line if isinstance(node, ir.Node) else node.node.line
        self.way.bound.add(name)
        place.scope.bindings.setdefault(name, []).append(Binding(node, line, block.start, block.end, self.guards))

    def _function(self, node: ir.FunctionDef, block: ir.Block, place: _Place) -> None:
        qualname, cls = place.prefix + node.name, place.owner if isinstance(place.owner, ClassInfo) else None
        noted, scope = (None, Scope()) if node.body.nested else (node.body, None)
        info = FunctionInfo(self.module, node, qualname, place.function, cls, noted, _scope_of, scope)
        self.module.functions.append(info)
        self._bind(node.name, info, block, place)
        if cls is not None:
            # Of two methods of a name the last wins, but a property's setter must not hide its getter.
            methods = cls.methods
            part_of_property = any(leaf_name(decorator) in {"setter", "deleter"} for decorator in node.decorators)
            methods[node.name] = methods.get(node.name, info) if part_of_property else info
        for decorator in node.decorators:
            self.module.decorated.setdefault(leaf_name(decorator), []).append((decorator, info))
            self._expr(decorator, block, place)
        self._defaults(node.params, block, place)
        if scope is None:
            self.module.calls_by_name.add_unread(info)
        else:
            # What it defines belongs to the module's functions and classes.
            self.body(info, scope, noted=True)

    def _defaults(self, params: tuple[ir.Param, ...], block: ir.Block, place: _Place) -> None:
        for param in params:
            if param.default is not None:
                self._expr(param.default, block, place)

    def _class(self, node: ir.ClassDef, block: ir.Block, place: _Place) -> None:
        info = ClassInfo(self.module, node, place.prefix + node.name, place.function, {}, Scope())
        self.module.classes.append(info)
        self._bind(node.name, info, block, place)
        for decorator in node.decorators:
            self.module.decorated.setdefault(leaf_name(decorator), []).append((decorator, info))
        around = _Place(place.scope, place.function, place.function, place.prefix)
        for value in [*node.bases, *node.decorators, *(keyword.value for keyword in node.keywords)]:
            self._expr(value, block, around)
        self._way(node.body, _Place(info.scope, info, place.function, f"{info.qualname}."))

    # Expressions.

    def _target(
        self,
        target: ir.Expr,
        value: ir.Expr,
        line: int,
        block: ir.Block,
        place: _Place,
        path: tuple[int, ...] = (),
        *,
        iterated: bool = False,
    ) -> None:
        scope = place.scope
        match target:
            case ir.Name():
                binding = Binding(value, line, block.start, block.end, self.guards, path, iterated)
                scope.bindings.setdefault(target.id, []).append(binding)
            case ir.Attr():
                binding = Binding(value, line, block.start, block.end, self.guards, path, iterated)
                scope.attributes.append(AttrAssign(target.value, target.name, binding))
            case ir.Seq():
                paired = isinstance(value, ir.Seq) and not iterated and len(value.items) == len(target.items)
                for number, item in enumerate(target.items):
                    if paired and not path and isinstance(value, ir.Seq):
                        self._target(item, value.items[number], line, block, place)
                    else:
                        self._target(item, value, line, block, place, (*path, number), iterated=iterated)
            case ir.Star():
                self._target(target.value, value, line, block, place, path, iterated=iterated)
            case ir.Sub():
                _item_changed(target, "item", value, line, scope)

    def _expr(self, node: ir.Expr, block: ir.Block, place: _Place) -> None:
        pending: list[ir.Node] = [node]
        while pending:
            current = pending.pop()
            kind = type(current)
            if kind is ir.Name or kind is ir.Const:
                continue
            look = _EXPRESSIONS.get(kind)
            if look is not None:
                look(self, current, block, place)
            for field in _LAST_FIRST[kind]:
                value = getattr(current, field)
                if type(value) is tuple:
                    pending.extend([item for item in reversed(value) if item is not None])
                elif value is not None:
                    pending.append(value)

    def _call(self, call: ir.Call, _block: ir.Block, place: _Place) -> None:
        place.scope.calls.append(call)
        name = leaf_name(call.func)
        if name and place.noted:
            self.module.calls_by_name.add(name, call, place.owner)
        if name in ir.CHANGING and isinstance(call.func, ir.Attr):
            _change(call, name, call.func.value, place.scope)

    def _yield(self, node: ir.Yield, _block: ir.Block, place: _Place) -> None:
        place.scope.yields.append(node)

    def _walrus(self, node: ir.Walrus, block: ir.Block, place: _Place) -> None:
        self._target(node.target, node.value, node.target.line, block, place)

    def _comprehension(self, node: ir.Comp, block: ir.Block, place: _Place) -> None:
        span = ir.Block((), node.line, max(node.line, block.end))
        for generator in node.generators:
            self._target(generator.target, generator.iter, node.line, span, place, iterated=True)

    def _lambda(self, node: ir.Lambda, block: ir.Block, place: _Place) -> None:
        scope = Scope()
        info = FunctionInfo(self.module, node, f"{place.prefix}<lambda>", place.function, None, None, _scope_of, scope)
        self.module.functions.append(info)
        self.module.lambdas[id(node)] = info
        span = ir.Block((), node.line, node.line)
        self._expr(node.body, span, _Place(scope, info, info, f"{info.qualname}."))
        scope.returns.append(ir.Return(node.body, node.line))
        self._defaults(node.params, block, _Place(place.scope, place.function, place.function, place.prefix))


def _item_changed(target: ir.Sub, how: str, value: ir.Expr, line: int, scope: Scope) -> None:
    _changed(target.value, Change(how, target.index, (value,), line), scope)


def _change(call: ir.Call, method: str, holder: ir.Expr, scope: Scope) -> None:
    values: list[ir.Expr] = list(call.args)
    if method == "update":
        for keyword in call.keywords:
            if keyword.name is not None:
                key = ir.Const(keyword.name)
                _changed(holder, Change("item", key, (keyword.value,), call.line), scope)
            else:
                values.append(keyword.value)
    _changed(holder, Change(method, None, tuple(values), call.line), scope)


def _changed(holder: ir.Expr, change: Change, scope: Scope) -> None:
    """A change of what an expression stands for, and of each container that it lies in."""
    if name := holder_name(holder):
        scope.changes.setdefault(name, []).append(change)
    if isinstance(holder, ir.Sub):
        _changed(holder.value, Change("within", holder.index, change.values, change.line, change), scope)


def _only_annotates(node: ir.Assign) -> bool:
    """`settings: Any` binds nothing; in a class's body it may be a dataclass's field."""
    return node.annotation is not None and isinstance(node.value, ir.Const) and not node.value.known


_LAST_FIRST = {kind: fields[::-1] for kind, fields in CHILDREN.items() if kind is not ir.Lambda}
_LAST_FIRST[ir.Lambda] = ()  # its body has a scope of its own

_EXPRESSIONS: dict[type[ir.Node], Callable[[_Indexer, Any, ir.Block, _Place], None]] = {
    ir.Call: _Indexer._call,
    ir.Yield: _Indexer._yield,
    ir.Walrus: _Indexer._walrus,
    ir.Comp: _Indexer._comprehension,
    ir.Lambda: _Indexer._lambda,
}

_STATEMENTS: dict[type[ir.Node], Callable[[_Indexer, Any, ir.Block, _Place], None]] = {
    ir.Assign: _Indexer._assign,
    ir.AugAssign: _Indexer._augmented,
    ir.For: _Indexer._for,
    ir.While: _Indexer._while,
    ir.If: _Indexer._if,
    ir.With: _Indexer._with,
    ir.Try: _Indexer._try,
    ir.Return: _Indexer._return,
    ir.Do: _Indexer._do,
    ir.Stop: _Indexer._stop,
    ir.Import: _Indexer._import,
    ir.ImportFrom: _Indexer._import_from,
    ir.FunctionDef: _Indexer._function,
    ir.ClassDef: _Indexer._class,
    ir.Declare: _Indexer._declare,
}

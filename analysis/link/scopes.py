"""What each module, class and function of a repository binds, calls and assigns: facts arranged for look-up.

`analysis.link.indexing` fills these.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from analysis.facts import ir
from analysis.facts.module import ModuleFacts

Guard: TypeAlias = "tuple[ir.Expr, bool]"


class Binding(msgspec.Struct, frozen=True, eq=False):
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


class Rebound(msgspec.Struct, frozen=True, eq=False):
    """An `if` or `try`, from `first` to `last` line, each way through which binds a name: what it was before is gone.

    `start` and `end` are the lines of the block around it.
    """

    first: int
    last: int
    start: int
    end: int


class Change(msgspec.Struct, frozen=True, eq=False):
    """A container or object changed in place. `how`: `item` (`x[key] = value`), `item+=`, `+=` and the like, or a
    method's name; `within`, where it is what lies under a key that changes, by `inner` (`x[key]["size"] = value`)."""

    how: str
    key: "ir.Expr | None"
    values: tuple["ir.Expr", ...]
    line: int
    inner: "Change | None" = None


class AttrAssign(msgspec.Struct, frozen=True, eq=False):
    """`target.name = value` (or `+=` and the like, `op`)."""

    target: "ir.Expr"
    name: str
    binding: Binding
    op: str | None = None


class Scope:
    """The bindings of a module's, class's or function's own body; nested bodies have their own.

    Each collection is made when somebody first looks at it: most scopes have two or three of the ten.
    """

    __slots__ = (
        "attributes",
        "bindings",
        "calls",
        "changes",
        "loops",
        "outer",
        "rebound",
        "returns",
        "stars",
        "yields",
    )

    bindings: dict[str, list[Binding]]
    rebound: dict[str, list[Rebound]]
    changes: dict[str, list[Change]]
    attributes: list[AttrAssign]
    returns: list[ir.Return]
    yields: list[ir.Yield]
    calls: list[ir.Call]
    stars: list[ir.ImportFrom]
    loops: "list[ir.For | ir.While]"
    outer: frozenset[str]

    def __getattr__(self, name: str) -> Any:
        made: object = {} if name in _BY_NAME else frozenset() if name == "outer" else []
        setattr(self, name, made)
        return made

    def hidden_before(self, name: str, line: int) -> int:
        """The line before which no binding of a name can be seen from another line: branches that all bind it are
        between; 0 without such."""
        every = self.rebound.get(name, ())
        return max((each.first for each in every if each.last < line and each.start <= line <= each.end), default=0)


_BY_NAME = frozenset({"bindings", "changes", "rebound"})


class ClassInfo(msgspec.Struct, eq=False):
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


class FunctionInfo(msgspec.Struct, eq=False):
    """A function, method or lambda. `owner` is the function around it, `cls` the class it is a method of.

    `noted` is its body where the facts say what stands in it; such a body defines no functions and declares no names.
    """

    module: "Module"
    node: "ir.FunctionDef | ir.Lambda"
    qualname: str
    owner: "FunctionInfo | None"
    cls: ClassInfo | None
    noted: ir.Body | None
    _read: "Callable[[FunctionInfo], Scope]"
    _scope: Scope | None = None
    _param_names: frozenset[str] | None = None

    @property
    def scope(self) -> Scope:
        """What its body binds, calls and assigns, read at the first look."""
        if self._scope is None:
            self._scope = self._read(self)
        return self._scope

    def mentions(self, word: str) -> bool:
        """False only where no name, attribute, keyword or one-word text in the body is the word."""
        body = self.noted
        return body is None or f" {word} " in body.words

    def calls(self, name: str) -> bool:
        """False only where nothing in the body is called by that last name."""
        return self.mentions(name + "(")

    def sets(self, name: str) -> bool:
        """False only where the body sets no attribute and no key of that name."""
        return self.mentions("." + name)

    def changes(self, name: str) -> bool:
        """False only where nothing in the body is done in place to what an attribute of that name holds."""
        return self.mentions(name + "[") or self.sets(name)

    def hints(self, part: str) -> bool:
        """As `mentions`, for a word that has this in it, in whatever case: `part` is in small letters."""
        body = self.noted
        return body is None or part in body.words.lower()

    def loops(self) -> bool:
        """False only where the body has no `for` and no `while`."""
        body = self.noted
        return body is None or body.loops

    @property
    def name(self) -> str:
        return self.node.name if isinstance(self.node, ir.FunctionDef) else "<lambda>"

    @property
    def line(self) -> int:
        return self.node.line

    @property
    def params(self) -> tuple[ir.Param, ...]:
        return self.node.params

    @property
    def param_names(self) -> frozenset[str]:
        if self._param_names is None:
            self._param_names = frozenset(param.name for param in self.node.params)
        return self._param_names

    def decorator_names(self) -> list[str]:
        """The last part of each decorator's name."""
        if isinstance(self.node, ir.Lambda):
            return []
        return [leaf_name(decorator) for decorator in self.node.decorators]

    def forget(self) -> None:
        """Let go of what its body binds, which leads back to it."""
        self._scope = None

    def __repr__(self) -> str:
        return f"<function {self.module.path}:{self.line} {self.qualname}>"


Body: TypeAlias = "FunctionInfo | ClassInfo | Module"


Owner: TypeAlias = "FunctionInfo | ClassInfo | None"
"""What a scope belongs to; None for the module itself."""


def is_own(target: ir.Expr, owner: Owner) -> bool:
    """Whether what an attribute is set on is the object, or the class, whose method does so."""
    if not isinstance(target, ir.Name):
        return False
    if target.id in {"self", "cls"}:
        return True
    method = isinstance(owner, FunctionInfo) and owner.cls is not None and "staticmethod" not in owner.decorator_names()
    return method and isinstance(owner, FunctionInfo) and [each.name for each in owner.params[:1]] == [target.id]


class Calls:
    """A file's calls by the last part of what they call, in the order of the file, each with its owner."""

    def __init__(self) -> None:
        self._parts: list[FunctionInfo | dict[str, list[tuple[ir.Call, Owner]]]] = []
        self._found: dict[str, list[tuple[ir.Call, Owner]]] = {}

    def add(self, name: str, call: ir.Call, owner: Owner) -> None:
        """A call that has been read."""
        last = self._parts[-1] if self._parts else None
        if not isinstance(last, dict):
            last = {}
            self._parts.append(last)
        last.setdefault(name, []).append((call, owner))

    def add_unread(self, function: "FunctionInfo") -> None:
        """The calls of a function that is read when a name in it is asked for; no other functions are in it."""
        self._parts.append(function)

    def get(self, name: str, default: Sequence[tuple[ir.Call, Owner]] = ()) -> Sequence[tuple[ir.Call, Owner]]:
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = list(self._named(name))
        return found or default

    def __contains__(self, name: str) -> bool:
        return bool(self.get(name))

    def _named(self, name: str) -> Iterator[tuple[ir.Call, Owner]]:
        for part in self._parts:
            if isinstance(part, dict):
                yield from part.get(name, ())
            elif part.calls(name):
                for call in part.scope.calls:
                    if leaf_name(call.func) == name:
                        yield call, part


class Module(msgspec.Struct, eq=False):
    """A file with its scopes.

    `declaring` are the functions that say `global` or `nonlocal`, `decorated` what is decorated, by decorators' names.
    """

    path: str
    facts: ModuleFacts
    scope: Scope = msgspec.field(default_factory=Scope)
    functions: list[FunctionInfo] = msgspec.field(default_factory=list)
    declaring: list[FunctionInfo] = msgspec.field(default_factory=list)
    classes: list[ClassInfo] = msgspec.field(default_factory=list)
    lambdas: dict[int, FunctionInfo] = msgspec.field(default_factory=dict)
    calls_by_name: Calls = msgspec.field(default_factory=Calls)
    decorated: "dict[str, list[tuple[ir.Expr, FunctionInfo | ClassInfo]]]" = msgspec.field(default_factory=dict)

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

    def bodies(self, only: "Callable[[FunctionInfo], bool] | None" = None) -> Iterator[tuple[Scope, Owner]]:
        """Each scope with what it belongs to; the module's own comes first. Functions that are not `only` are left out.

        Reading a function's body has its price: whoever asks for all files' should say which.
        """
        yield self.scope, None
        for function in self.functions:
            if only is None or only(function):
                yield function.scope, function
        for owner in self.classes:
            yield owner.scope, owner

    def bodies_mentioning(self, word: str) -> Iterator[tuple[Scope, Owner]]:
        """As `bodies`, without the functions in which the word does not stand."""
        return self.bodies(lambda function: function.mentions(word))

    def bodies_setting(self, name: str) -> Iterator[tuple[Scope, Owner]]:
        """As `bodies`, without the functions that set no attribute and no key of that name."""
        return self.bodies(lambda function: function.sets(name))

    def forget(self) -> None:
        """Let go of what stands in the file."""
        for function in self.functions:
            function.forget()
        for cls in self.classes:
            cls.methods.clear()
            cls.scope = Scope()
        for held in (self.functions, self.declaring, self.classes, self.lambdas, self.decorated):
            held.clear()
        self.scope, self.calls_by_name = Scope(), Calls()

    def __repr__(self) -> str:
        return f"<module {self.path}>"


def leaf_name(expr: "ir.Expr | None") -> str:
    """The last part of a dotted name, through calls: `a.b.c(...)` is `c`; an empty text for anything else."""
    while type(expr) is ir.Call:
        expr = expr.func
    if type(expr) is ir.Attr:
        return expr.name
    if type(expr) is ir.Name:
        return expr.id
    return ""


def mapped(call: ir.Call) -> "ir.Call | None":
    """The call `make(things[...])` that `map(make, things)` makes for each thing; None for any other call."""
    if leaf_name(call.func) != "map" or not isinstance(call.func, ir.Name) or len(call.args) < 2:
        return None
    make, *things = call.args
    each = ir.Const(None, known=False)
    return ir.Call(make, tuple(ir.Sub(thing, each, call.line) for thing in things), (), call.line)


def setting_name(expr: "ir.Expr | None") -> str:
    """The key of a setting: `data` of `cfg.data` and of `cfg["data"]`; an empty text for anything else."""
    match expr:
        case ir.Attr(name=key) | ir.Sub(index=ir.Const(value=str(key))):
            return key
        case _:
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


def holder_name(expr: "ir.Expr | None") -> str:
    """The same for what may lie under a key: `settings[data]` for `settings["data"]`."""
    keys: list[str] = []
    while isinstance(expr, ir.Sub) and isinstance(expr.index, ir.Const) and isinstance(expr.index.value, str):
        keys.append(f"[{expr.index.value}]")
        expr = expr.value
    name = dotted_name(expr)
    return name and name + "".join(reversed(keys))


def _child_fields(kind: type[ir.Node]) -> tuple[str, ...]:
    """The fields of a node type that hold nodes: all but those of plain values."""
    if issubclass(kind, ir.Block):
        return ("body",)
    return tuple(name for name, hint in kind.__annotations__.items() if str(hint) not in _PLAIN and hint not in _TYPES)


_TYPES = (str, int, bool)
_PLAIN = frozenset({"str | None", "tuple[str, ...]", "bool | int | float | str | None"})

CHILDREN: dict[type[ir.Node], tuple[str, ...]] = {
    kind: _child_fields(kind)
    for kind in vars(ir).values()
    if isinstance(kind, type) and issubclass(kind, ir.Node) and kind is not ir.Node
}
"""The fields of each type of node that hold nodes, in order of evaluation as far as there is one."""


def children(node: ir.Node) -> Iterator[ir.Node]:
    """The nodes directly below a node, in order of evaluation as far as the fields tell."""
    for name in CHILDREN[type(node)]:
        value = getattr(node, name)
        if type(value) is tuple:
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
        # As `children`, in line: this loop is where much of the time goes.
        for name in CHILDREN[type(current)]:
            value = getattr(current, name)
            if type(value) is tuple:
                pending.extend([item for item in value if item is not None])
            elif value is not None:
                pending.append(value)


def names_in(node: ir.Node) -> set[str]:
    """Every name and attribute that stands in an expression."""
    return {
        part.id if isinstance(part, ir.Name) else part.name
        for part in descendants(node)
        if isinstance(part, ir.Name | ir.Attr)
    }

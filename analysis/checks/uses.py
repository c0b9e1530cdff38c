"""Where a repository uses other people's functions and flags, by their canonical names, through every alias."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, get_args

from analysis.catalog.names import canonical
from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.scopes import ClassInfo, FunctionInfo, Module, Scope, dotted_name
from analysis.link.values import External, Frame, Member, name_of

Owner: TypeAlias = "FunctionInfo | ClassInfo | None"

EXPRESSIONS = get_args(ir.Expr)


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """A call of something outside the repository. `owner` is the body it stands in, None for the module's own."""

    name: str
    call: ir.Call
    owner: Owner
    module: Module

    @property
    def line(self) -> int:
        return self.call.line

    @property
    def place(self) -> str:
        return self.module.place(self.call.line)

    @property
    def scope(self) -> Scope:
        return self.module.scope if self.owner is None else self.owner.scope

    @property
    def where(self) -> str:
        """The body it stands in, by name."""
        return "" if self.owner is None else self.owner.qualname


@dataclass(frozen=True, slots=True, eq=False)
class Flag:
    """`name = value` of a library's setting."""

    name: str
    value: ir.Expr
    line: int
    owner: Owner
    module: Module

    @property
    def place(self) -> str:
        return self.module.place(self.line)


class Uses:
    """Finds uses by the last part of their names. Files are parsed when they mention one."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self.project = evaluator.project
        self._found: dict[str, list[Use]] = {}
        self._aliases: dict[str, dict[str, str]] = {}

    def of(self, names: Iterable[str]) -> list[Use]:
        """All calls of the functions with these dotted names, in the order of files and lines."""
        wanted = frozenset(names)
        leaves = sorted({name.rpartition(".")[2] for name in wanted})
        return [use for leaf in leaves for use in self._of_leaf(leaf) if use.name in wanted]

    def called(self, leaf: str) -> list[Use]:
        """All calls of outside functions and methods whose name ends so."""
        return self._of_leaf(leaf)

    def _of_leaf(self, leaf: str) -> list[Use]:
        found = self._found.get(leaf)
        if found is None:
            found = self._found[leaf] = []
            for path in self.project.mentioning(leaf):
                module = self.project.module(path)
                if module is not None:
                    found.extend(self._in(module, leaf))
        return found

    def _in(self, module: Module, leaf: str) -> Iterator[Use]:
        written = {leaf, *(alias for alias, name in self._renamed(module).items() if name == leaf)}
        for name in sorted(written):
            for call, owner in module.calls_by_name.get(name, ()):
                resolved = self.resolve(call.func, owner, module)
                if resolved.rpartition(".")[2] == leaf:
                    yield Use(resolved, call, owner, module)

    def _renamed(self, module: Module) -> dict[str, str]:
        """`from a import b as c`, and `c = a.b`: c to b."""
        found = self._aliases.get(module.path)
        if found is None:
            found = self._aliases[module.path] = {}
            for scope, _ in module.bodies():
                for name, bindings in scope.bindings.items():
                    for binding in bindings:
                        node = binding.node
                        if isinstance(node, ir.ImportFrom) and node.alias:
                            found[name] = node.name
                        elif isinstance(node, ir.Attr) and not binding.path and not binding.iterated:
                            found.setdefault(name, node.name)
        return found

    def resolve(self, expr: ir.Expr, owner: Owner, module: Module) -> str:
        """The dotted name of something outside the repository that an expression means; empty for anything else."""
        dotted = dotted_name(expr)
        if not dotted:
            return self._method(expr, owner, module)
        root = dotted.partition(".")[0]
        if root in {"self", "cls"} or _is_parameter(root, owner):
            return ""
        for value in self.ev.eval(expr, self.frame(owner, module)):
            if isinstance(value, External):
                return canonical(value.name)
            if isinstance(value, Member):
                return canonical(name_of(value))
        return ""

    def _method(self, expr: ir.Expr, owner: Owner, module: Module) -> str:
        """`torch.Generator().manual_seed`: a method of what a call gives."""
        if isinstance(expr, ir.Attr) and isinstance(expr.value, ir.Call):
            made = self.resolve(expr.value.func, owner, module)
            return f"{made}.{expr.name}" if made else ""
        return ""

    def frame(self, owner: Owner, module: Module) -> Frame:
        return self.ev.owner_frame(owner, module)

    def flags(self, name: str) -> Iterator[Flag]:
        """The assignments to a library's setting by its dotted name: `torch.backends.cudnn.benchmark`."""
        prefix, _, leaf = name.rpartition(".")
        for path in self.project.mentioning(leaf):
            module = self.project.module(path)
            if module is None:
                continue
            for scope, owner in module.bodies():
                for assign in scope.attributes:
                    node = assign.binding.node
                    if assign.name != leaf or assign.op is not None or not isinstance(node, EXPRESSIONS):
                        continue
                    if self.resolve(assign.target, owner, module) == prefix:
                        yield Flag(name, node, assign.binding.line, owner, module)


def _is_parameter(name: str, owner: Owner) -> bool:
    function = owner
    while isinstance(function, FunctionInfo):
        if any(param.name == name for param in function.params):
            return True
        if name in function.scope.bindings:
            return False
        function = function.owner
    return False

"""Where a repository uses other people's functions and flags, by their canonical names, through every alias."""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import cache
from typing import TypeAlias, get_args

import msgspec

from analysis.catalog.names import canonical
from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.scopes import Binding, ClassInfo, FunctionInfo, Module, Scope
from analysis.link.values import External, Frame, Values

Owner: TypeAlias = "FunctionInfo | ClassInfo | None"

EXPRESSIONS = get_args(ir.Expr)

_LONGEST_CHAIN = 4
"""Names that stand for names: `seed = np.random.seed`, `plant = seed`."""
_LONGEST_NAME = 12


@cache
def _call_of(leaf: str) -> re.Pattern[bytes]:
    # A pattern that begins with plain text is looked for by that, and what stands before it is asked for behind it.
    name = leaf.encode()
    return re.compile(
        rb"%b(?<!\w%b)(?:(?<!class %b)(?<!def %b)\s*(?:\(|\\\r?\n)|\s+as\b|(?<=[.\s]%b)(?P<last>\b))"
        % (name, name, name, name, name)
    )


_PACKAGE_BEFORE = re.compile(rb"(?:random|torch|cuda|transforms)\s*\.\s*\Z")
_LONGEST_PACKAGE = 40


def _calls(data: bytes, leaf: str) -> bool:
    for found in _call_of(leaf).finditer(data):
        if found["last"] is None:
            return True
        if _PACKAGE_BEFORE.search(data, max(0, found.start() - _LONGEST_PACKAGE), found.start()):
            return True
    return False


@cache
def _alias_of(leaf: str) -> re.Pattern[bytes]:
    """The names in `from a import leaf as name` and `name = a.leaf`."""
    name = leaf.encode()
    return re.compile(rb"\b%b\s+as\s+(\w+)|\b(\w+)\s*=\s*[\w.]+\.%b\b(?!\s*[(.])" % (name, name))


class Use(msgspec.Struct, frozen=True, eq=False):
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


class Flag(msgspec.Struct, frozen=True, eq=False):
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
    """Finds uses by the last part of their names. Files are parsed when they mention one.

    Names are followed through imports and plain aliases, and no further: what a name holds that a parameter or an
    attribute handed on is the business of the evaluation, and too dear for every call of a repository.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self.project = evaluator.project
        self._found: dict[tuple[str, str], list[Use]] = {}

    def of(self, names: Iterable[str], files: Container[str] | None = None) -> Iterator[Use]:
        """The calls of the functions with these dotted names, in all files or in those given, file by file."""
        wanted: dict[str, set[str]] = {}
        for name in names:
            wanted.setdefault(name.rpartition(".")[2], set()).add(name)
        for leaf in sorted(wanted):
            yield from (use for use in self.called(leaf, files) if use.name in wanted[leaf])

    def called(self, leaf: str, files: Container[str] | None = None) -> Iterator[Use]:
        """The calls of outside functions and methods whose name ends so."""
        for path in self.project.mentioning(leaf):
            if files is None or path in files:
                yield from self._in_file(path, leaf)

    def modules(self, leaf: str, files: Container[str] | None = None) -> Iterator[Module]:
        """The modules that call something of that name, of all files or of those given."""
        for path in self.project.mentioning(leaf):
            if (files is None or path in files) and self._is_called(path, leaf):
                module = self.project.module(path)
                if module is not None:
                    yield module

    def _is_called(self, path: str, leaf: str) -> bool:
        """Whether a file's bytes have a call of the name, or an alias for it: others need not be parsed."""
        data, name = self.project.texts[path], leaf.encode()
        # Most answers follow from plain searches, which cost a fiftieth of the pattern.
        called = name + b"("
        if data.count(called) > data.count(b"def " + called) + data.count(b"class " + called):
            return True
        otherwise = (b"." + name, b". " + name, name + b" ", name + b"\t", name + b"\\")
        return any(part in data for part in otherwise) and _calls(data, leaf)

    def _in_file(self, path: str, leaf: str) -> list[Use]:
        found = self._found.get((path, leaf))
        if found is None:
            module = self.project.module(path) if self._is_called(path, leaf) else None
            found = self._found[path, leaf] = [] if module is None else list(self._in(module, leaf))
        return found

    def _in(self, module: Module, leaf: str) -> Iterator[Use]:
        for name in sorted({leaf, *self._aliases(module, leaf)}):
            for call, owner in module.calls_by_name.get(name, ()):
                resolved = self.resolve(call.func, owner, module)
                if resolved.rpartition(".")[2] == leaf:
                    yield Use(resolved, call, owner, module)

    def _aliases(self, module: Module, leaf: str) -> set[str]:
        data, name = self.project.texts[module.path], leaf.encode()
        handed_on = data.count(b"." + name) > data.count(b"." + name + b"(")
        if not handed_on and not any(name + space in data for space in (b" ", b"\t")):
            return set()
        return {(match[1] or match[2]).decode() for match in _alias_of(leaf).finditer(data)}

    def resolve(self, expr: ir.Expr, owner: Owner, module: Module, depth: int = 0) -> str:
        """The dotted name of something outside the repository that an expression means; empty for anything else.

        A method of what a call gives goes by the call: `torch.Generator().manual_seed`.
        """
        names: list[ir.Attr] = []
        while isinstance(expr, ir.Attr | ir.Call):
            if isinstance(expr, ir.Attr):
                names.append(expr)
                expr = expr.value
            else:
                expr = expr.func
        if not isinstance(expr, ir.Name) or len(names) > _LONGEST_NAME:
            return ""
        found = self._name(expr.id, owner, module, depth)
        if not found and names:
            found = self._member(names.pop(), module)
        return canonical(".".join([found, *(attr.name for attr in reversed(names))])) if found else ""

    def _name(self, name: str, owner: Owner, module: Module, depth: int) -> str:
        body: Owner = owner
        while body is not None:
            if isinstance(body, FunctionInfo) and any(param.name == name for param in body.params):
                return ""
            if name in body.scope.bindings and name not in body.scope.outer:
                return self._bound(body.scope.bindings[name], body, module, depth)
            body = body.owner
        bindings = module.scope.bindings.get(name)
        if bindings is not None:
            return self._bound(bindings, None, module, depth)
        return self._outside(self.ev.member(module, name) or ()) if module.scope.stars else ""

    def _bound(self, bindings: Sequence[Binding], owner: Owner, module: Module, depth: int) -> str:
        for binding in bindings:
            node = binding.node
            found = ""
            if isinstance(node, ir.Import):
                if self.project.resolve(module.path, node.name) is None:
                    found = canonical(node.name if node.alias else node.name.partition(".")[0])
            elif isinstance(node, ir.ImportFrom):
                found = self._outside(self.ev.imported_from(node, module))
            elif isinstance(node, ir.Name | ir.Attr | ir.Call) and not binding.path and depth < _LONGEST_CHAIN:
                found = self.resolve(node, owner, module, depth + 1) if not binding.iterated else ""
            if found:
                return found
        return ""

    def _member(self, expr: ir.Attr, module: Module) -> str:
        """`common.torch`, where `common` is a module of the repository."""
        if not isinstance(expr.value, ir.Name) or expr.value.id not in module.scope.bindings:
            return ""
        nodes = [binding.node for binding in module.scope.bindings[expr.value.id]]
        if not all(isinstance(node, ir.Import | ir.ImportFrom) for node in nodes):
            return ""
        return self._outside(self.ev.eval(expr, self.ev.module_frame(module)))

    @staticmethod
    def _outside(values: Values) -> str:
        return next((canonical(value.name) for value in values if isinstance(value, External)), "")

    def frame(self, owner: Owner, module: Module) -> Frame:
        return self.ev.owner_frame(owner, module)

    def flags(self, name: str) -> Iterator[Flag]:
        """The assignments to a library's setting by its dotted name: `torch.backends.cudnn.benchmark`."""
        prefix, _, leaf = name.rpartition(".")
        for path in self.project.mentioning(leaf):
            module = self.project.module(path)
            if module is None:
                continue
            for scope, owner in module.bodies_setting(leaf):
                for assign in scope.attributes:
                    node = assign.binding.node
                    if assign.name != leaf or assign.op is not None or not isinstance(node, EXPRESSIONS):
                        continue
                    if self.resolve(assign.target, owner, module) == prefix:
                        yield Flag(name, node, assign.binding.line, owner, module)

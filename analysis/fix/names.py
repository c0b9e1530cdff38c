"""What names mean at the outermost level of a source, and the imports and functions that are added to it."""

from collections.abc import Iterator, Sequence

import libcst as cst

from analysis.fix.unit import Unit

_USUAL_ALIAS = {"numpy": "np"}
_BLANK = cst.EmptyLine(indent=False)


class Names:
    """The outermost names of a unit, those of the cells before it in a notebook included."""

    def __init__(self, unit: Unit, before: Sequence[Unit] = ()) -> None:
        self.unit = unit
        self._units = (*before, unit)
        self._added: dict[str, str] = {}
        self._taken_over: set[int] = set()

    def bound(self, name: str) -> bool:
        """Whether something is called so already."""
        return any(name == known for unit in self._units for known in _bindings(unit.statements))

    def free(self, *names: str) -> str:
        """The first of some names that nothing has."""
        return next((name for name in names if not self.bound(name)), f"{names[-1]}_")

    def module(self, dotted: str, *, inside: Sequence[cst.CSTNode] = ()) -> str:
        """The expression that means a module, which is imported where it is not yet.

        `inside` are functions in which it is used: what one of them imports itself is known there.
        """
        known = self._alias(dotted) or self._added.get(dotted) or self._imported_inside(dotted, inside)
        if known is None:
            alias = self.free(_USUAL_ALIAS.get(dotted, dotted), dotted, f"{dotted}_module")
            plain = f"import {dotted}"
            self._import(plain if alias == dotted else f"{plain} as {alias}")
            known = self._added[dotted] = alias
        return known

    def imported_from(self, module: str, name: str) -> None:
        """Add `from module import name`, to an import from there where there is one."""
        for statement in self.unit.statements:
            for line in _imports((statement,)):
                if (
                    isinstance(line, cst.ImportFrom)
                    and _dotted_from(line) == module
                    and not isinstance(line.names, cst.ImportStar)
                    and line.lpar is None
                ):
                    last = line.names[-1].with_changes(comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
                    names = [*line.names[:-1], last, cst.ImportAlias(cst.Name(name))]
                    self.unit.edit(line, lambda node, names=names: node.with_changes(names=names))  # type: ignore[misc]
                    return
        self._import(f"from {module} import {name}")

    def _alias(self, dotted: str) -> str | None:
        return next((alias for unit in self._units if (alias := _alias_in(unit.statements, dotted))), None)

    @staticmethod
    def _imported_inside(dotted: str, functions: Sequence[cst.CSTNode]) -> str | None:
        bodies = [node.body.body for node in functions if isinstance(node, cst.FunctionDef)]
        return next((alias for body in bodies if (alias := _alias_in(body, dotted))), None)

    def _import(self, text: str) -> None:
        """Put an import before the first of torch, or behind the last import of all."""
        statement = cst.parse_statement(text, config=self.unit.module.config_for_parsing)
        assert isinstance(statement, cst.SimpleStatementLine)
        index = self._torch_import()
        if index is None:
            self.unit.insert(self._behind_imports(), statement)
            return
        if index not in self._taken_over:
            neighbour = self.unit.statements[index]
            statement = statement.with_changes(leading_lines=neighbour.leading_lines)
            self.unit.edit(neighbour, lambda node: node.with_changes(leading_lines=()))
            self._taken_over.add(index)
        self.unit.insert(index, statement)

    def _torch_import(self) -> int | None:
        for index, statement in enumerate(self.unit.statements):
            if isinstance(statement, cst.SimpleStatementLine):
                for line in _imports((statement,)):
                    if _imports_torch(line):
                        return index
        return None

    def _behind_imports(self) -> int:
        behind = 0
        for index, statement in enumerate(self.unit.statements):
            if not isinstance(statement, cst.SimpleStatementLine):
                break
            docstring = index == 0 and _is_plain_string(statement.body[0])
            if docstring or any(isinstance(line, cst.Import | cst.ImportFrom) for line in statement.body):
                behind = index + 1
        return behind

    def function(self, before: cst.CSTNode, code: str) -> None:
        """Add a function before the outermost statement that a node stands in, with blank lines around it."""
        index = self.unit.top_index(before)
        neighbour = self.unit.statements[index]
        made = cst.parse_statement(in_style(code, self.unit), config=self.unit.module.config_for_parsing)
        assert isinstance(made, cst.FunctionDef)
        # What stands above the neighbour without a blank line between speaks of the neighbour.
        lines = list(neighbour.leading_lines)
        first_comment = next((at for at, line in enumerate(lines) if line.comment is not None), len(lines))
        if index > 0:
            self.unit.insert(index, made.with_changes(leading_lines=[_BLANK, _BLANK]))
        else:
            self.unit.insert(index, made)
        kept = [_BLANK, _BLANK, *lines[first_comment:]]
        self.unit.edit(neighbour, lambda node: node.with_changes(leading_lines=kept))

    def annotates(self) -> bool:
        """Whether most functions of the source say what they return."""
        functions = list(self.unit.nodes(cst.FunctionDef))
        return 2 * sum(function.returns is not None for function in functions) > len(functions)


def _is_plain_string(statement: cst.BaseSmallStatement) -> bool:
    return isinstance(statement, cst.Expr) and isinstance(statement.value, cst.SimpleString)


def in_style(code: str, unit: Unit) -> str:
    """Code in the indentation and with the line ends of a source."""
    return code.replace("    ", unit.module.default_indent).replace("\n", unit.module.default_newline)


def _imports(statements: Sequence[cst.CSTNode]) -> Iterator[cst.Import | cst.ImportFrom]:
    """The imports among statements, those in `try` and `if` included."""
    for statement in statements:
        match statement:
            case cst.SimpleStatementLine():
                yield from (line for line in statement.body if isinstance(line, cst.Import | cst.ImportFrom))
            case cst.Try() | cst.If():
                yield from _imports(statement.body.body)


def _alias_in(statements: Sequence[cst.CSTNode], dotted: str) -> str | None:
    """The name under which statements import a module."""
    for line in _imports(statements):
        for name in line.names if isinstance(line, cst.Import) else ():
            if name.evaluated_alias is not None and name.evaluated_name == dotted:
                return name.evaluated_alias
            if name.evaluated_alias is None and name.evaluated_name.partition(".")[0] == dotted:
                return dotted
    return None


def _imports_torch(line: cst.Import | cst.ImportFrom) -> bool:
    if isinstance(line, cst.Import):
        return any(name.evaluated_name.partition(".")[0] == "torch" for name in line.names)
    return _dotted_from(line).partition(".")[0] == "torch"


def _dotted_from(line: cst.ImportFrom) -> str:
    dots = "." * len(line.relative)
    return dots + (cst.Module([]).code_for_node(line.module) if line.module is not None else "")


def _bindings(statements: Sequence[cst.CSTNode]) -> Iterator[str]:
    for statement in statements:
        match statement:
            case cst.FunctionDef() | cst.ClassDef():
                yield statement.name.value
            case cst.Try() | cst.If():
                yield from _bindings(statement.body.body)
            case cst.SimpleStatementLine():
                for line in statement.body:
                    yield from _bound_by(line)


def _bound_by(line: cst.BaseSmallStatement) -> Iterator[str]:
    match line:
        case cst.Import():
            for name in line.names:
                yield name.evaluated_alias or name.evaluated_name.partition(".")[0]
        case cst.ImportFrom() if not isinstance(line.names, cst.ImportStar):
            for name in line.names:
                yield name.evaluated_alias or name.evaluated_name
        case cst.Assign():
            for target in line.targets:
                if isinstance(target.target, cst.Name):
                    yield target.target.value

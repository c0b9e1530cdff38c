"""`setup.py`, read without running it.

The expression of `install_requires` is followed through names, list arithmetic, `append`/`extend` and local functions,
and every string met on the way is looked at: as a requirement, or as the name of a file that the list is read from.
"""

import ast
from collections import defaultdict, deque
from collections.abc import Iterator
from itertools import islice

from analysis.facts.source import UnreadableError, parse_source
from analysis.link.requirements.bounds import parse
from analysis.link.requirements.declaration import Declaration, ProjectFile, read_requirement
from analysis.text import is_text

MOST_STRINGS = 3000
"""Strings looked at for one keyword: a generated file must not cost more than it can say."""
LONGEST_JOINED = 2000
"""Characters of a text that is put together."""


def read_setup_py(text: str, path: str) -> ProjectFile:
    """Never raises: a file that does not parse says nothing."""
    try:
        tree = parse_source(text.encode(), notebook=False).tree
    except UnreadableError:
        return ProjectFile()
    return _SetupReader(tree, path).read()


_KEYWORDS = frozenset({"install_requires", "extras_require", "python_requires"})


class _SetupReader:
    def __init__(self, tree: ast.Module, path: str) -> None:
        self.path = path
        self.calls: list[ast.Call] = []
        self.bound: defaultdict[str, list[ast.AST]] = defaultdict(list)
        for node in ast.walk(tree):
            self._collect(node)

    def read(self) -> ProjectFile:
        result = ProjectFile()
        wanted = ((name, value) for name, value in self._keywords() if name in _KEYWORDS)
        for keyword, value in islice(wanted, 12):
            strings = [each for each in islice(self._strings(value), MOST_STRINGS) if is_text(each[0])]
            if keyword == "install_requires":
                result.required += self._requirements(strings)
                result.files += [s for s, _ in strings if s.endswith((".txt", ".in", ".pip"))]
            elif keyword == "extras_require":
                result.optional += self._requirements(strings)
            elif keyword == "python_requires":
                result.required += [
                    Declaration("python", string, parse(string), self.path, line) for string, line in strings[:1]
                ]
        return result

    def _collect(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and node.value is not None:
            self._bind(node.target, node.value)
        elif isinstance(node, ast.With):
            for item in node.items:
                if item.optional_vars is not None:
                    self._bind(item.optional_vars, item.context_expr)
        elif isinstance(node, ast.For):
            self._bind(node.target, node.iter)
        elif isinstance(node, ast.FunctionDef):
            self.bound[node.name].append(node)
        elif isinstance(node, ast.Call):
            self.calls.append(node)
            function = node.func
            if isinstance(function, ast.Attribute) and function.attr in {"append", "extend", "insert", "update"}:
                for argument in node.args:
                    self._bind(function.value, argument)

    def _bind(self, target: ast.expr, value: ast.AST) -> None:
        while isinstance(target, ast.Subscript):
            target = target.value
        if isinstance(target, ast.Name):
            self.bound[target.id].append(value)

    def _keywords(self) -> Iterator[tuple[str, ast.expr]]:
        """The keywords of every call, `setup(**arguments)` with a dictionary among them."""
        told: set[ast.AST | str] = set()
        for call in self.calls:
            for keyword in call.keywords:
                if keyword.arg is not None:
                    yield keyword.arg, keyword.value
                else:
                    yield from self._entries(keyword.value, told)

    def _entries(self, value: ast.expr, told: set[ast.AST | str]) -> Iterator[tuple[str, ast.expr]]:
        """What dictionaries hold that a value can be, each told of once however many calls it is handed to."""
        sources: list[ast.AST] = [value]
        if isinstance(value, ast.Name):
            sources = self.bound.get(value.id, []) if value.id not in told else []
            told.add(value.id)
        for source in sources:
            if isinstance(source, ast.Dict) and source not in told:
                told.add(source)
                for key, item in zip(source.keys, source.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield key.value, item

    def _requirements(self, strings: list[tuple[str, int]]) -> list[Declaration]:
        found = (
            read_requirement(part, self.path, line + offset)
            for string, line in strings
            for offset, part in enumerate(string.splitlines())
            if not part.strip().startswith("#")
        )
        return [declaration for declaration in found if declaration is not None]

    def _strings(self, expression: ast.AST) -> Iterator[tuple[str, int]]:
        """Every string constant that the value can be made of, with its line."""
        waiting: deque[ast.AST] = deque([expression])
        names: set[str] = set()
        seen: set[ast.AST] = set()  # one value may have thousands of names, each of which it may hold
        while waiting:
            inside = deque([waiting.popleft()])
            while inside:
                node = inside.popleft()
                if node in seen:
                    continue
                seen.add(node)
                inside.extend(ast.iter_child_nodes(node))
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value, node.lineno
                elif isinstance(node, ast.JoinedStr):
                    yield self._joined(node), node.lineno
                elif isinstance(node, ast.Name) and node.id not in names:
                    names.add(node.id)
                    waiting += self.bound.get(node.id, [])

    def _joined(self, node: ast.JoinedStr) -> str:
        """An f-string with the names in it that stand for one constant filled in; others end it, and so does length."""
        text = ""
        for part in node.values:
            constant: ast.AST = part
            if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name):
                values = self.bound.get(part.value.id, [])
                constant = values[0] if len(values) == 1 else part
            if not isinstance(constant, ast.Constant):
                break
            try:
                text += str(constant.value)
            except ValueError:  # Python puts no number of thousands of digits into a text
                break
            if len(text) > LONGEST_JOINED:
                break
        return text[:LONGEST_JOINED]

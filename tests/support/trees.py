"""Trees that lie in memory, and programs changed without changing what they do."""

import ast
import builtins
import keyword
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from analysis.report import Unread
from analysis.tree import Entry

Files = Mapping[str, bytes]


class MemoryTree:
    """A repository of `{path: bytes}`."""

    commit = None
    commit_date = None

    def __init__(self, files: Files) -> None:
        self.files = dict(files)

    def entries(self) -> Sequence[Entry]:
        return [Entry(path, None, len(self.files[path])) for path in sorted(self.files)]

    def unread(self) -> Sequence[Unread]:
        return []

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes | None]]:
        for entry in entries:
            yield entry, self.files[entry.path]


# Words that the analysis takes a meaning from, as a reader does.
_MEANINGFUL = re.compile(
    r"epoch|step|iter|worker|seed|rng|random|val|test|train|eval|load|data|set|config|cfg|arg|opt|param|index|idx|item"
    r"|generator|gen|num|main|collate|init|transform|sampler|counter|count",
    re.IGNORECASE,
)


def renamed(source: str) -> str:
    """The program with its plain variables, functions and classes under other names, in the layout of `ast.unparse`.

    Names that mean something to a reader stay, and so do parameters, attributes and whatever is also one of those.
    """
    tree = ast.parse(source)
    kept = set(dir(builtins)) | set(keyword.kwlist)
    bound: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(ctx=ast.Store()):
                bound.add(node.id)
            case ast.FunctionDef() | ast.ClassDef():
                bound.add(node.name)
            case ast.arg():
                kept.add(node.arg)
            case ast.Attribute():
                kept.add(node.attr)
            case ast.keyword() if node.arg:
                kept.add(node.arg)
            case ast.alias():
                kept.add((node.asname or node.name).split(".")[0])
            case ast.Global() | ast.Nonlocal():
                kept.update(node.names)
            case ast.Constant(value=str()):
                kept.add(node.value)
    names = {name for name in bound - kept if not name.startswith("_") and not _MEANINGFUL.search(name)}
    new = {name: f"{name[0]}{number}_other" for number, name in enumerate(sorted(names))}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = new.get(node.id, node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            node.name = new.get(node.name, node.name)
    return ast.unparse(tree) + "\n"


def moved_down(source: str, lines: int) -> str:
    """The program below a comment of some lines, and with one after each of its top-level statements."""
    tree = ast.parse(source)
    ends = {node.end_lineno for node in tree.body if not _is_future(node)}
    out = ["# a line"] * lines
    for number, line in enumerate(source.splitlines(), start=1):
        out.append(line)
        if number in ends:
            out += ["", "# another line", ""]
    return "\n".join(out) + "\n"


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def split_in_two(source: str) -> dict[str, str] | None:
    """The program as two files, the second with the classes and functions that stand alone; None without those."""
    tree = ast.parse(source)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    given = {(alias.asname or alias.name).split(".")[0] for node in imports for alias in node.names}
    defined = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    bound = {
        name.id
        for node in tree.body
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and _is_global(node, name)
    }
    movable = {name for name in defined if name != "main" and name not in bound}
    shrinking = True
    while shrinking:
        needs = {name: _free(defined[name]) & ((bound | defined.keys()) - movable - given) for name in movable}
        shrinking = any(needs.values())
        movable = {name for name in movable if not needs[name]}
    if not movable or any(isinstance(node, ast.Global) for node in ast.walk(tree)):
        return None
    moved = [*imports, *(defined[name] for name in defined if name in movable)]
    names = ", ".join(sorted(movable))
    kept = [node for node in tree.body if node not in moved or node in imports]
    start = len([node for node in kept if node in imports or isinstance(node, ast.Expr)])
    body = [*kept[:start], *ast.parse(f"from parts_of_it import {names}").body, *kept[start:]]
    second = ast.unparse(ast.Module(moved, [])) + "\n"
    return {"main.py": ast.unparse(ast.Module(body, [])) + "\n", "parts_of_it.py": second}


def _is_global(statement: ast.stmt, name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store) and not isinstance(statement, ast.ClassDef | ast.FunctionDef)


def _free(node: ast.AST) -> set[str]:
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}


_TOKENS = (
    b"(", b")", b":", b"\t", b"\0", b"\xff", b"lambda: ", b"async ", b"yield ", b"self", b"super()", b"*", b"**", b"=",
    b"# \xe9\n", b"'''", b"\\\n", b"\r", b"\x0c", b"np.random", b"seed", b"import ", b"return ", b"class A(A): pass\n",
    b"num_workers=", b"-1", b"1e999", b"f'{x!r}'", b"if 1:\n", b"for x in x: ", b"@", b"global ", b"del ",
    b"match x:\n",
)  # fmt: skip


def mutated(source: bytes, seed: int, changes: int = 4) -> bytes:
    """The program with lines lost, doubled, swapped and torn, or pieces of others put in."""
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    lines = source.splitlines(keepends=True) or [b""]
    for _ in range(chance.randint(1, changes)):
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        line = lines[at]
        cut = chance.randint(0, len(line))
        match chance.randrange(7):
            case 0 if len(lines) > 1:
                del lines[at]
            case 1:
                lines.insert(other, line)
            case 2:
                lines[at], lines[other] = lines[other], line
            case 3:
                lines[at] = line[:cut] + chance.choice(_TOKENS) + line[cut:]
            case 4:
                lines[at] = line[:cut] + lines[other]
            case 5:
                lines[at] = b" " * chance.randint(0, 9) + line.lstrip()
            case _:
                words = re.findall(rb"\w+", source) or [b"x"]
                old = chance.choice(words)
                lines[at] = line.replace(old, chance.choice(words))
    return b"".join(lines)

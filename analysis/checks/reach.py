"""Which bodies a program runs, by name: a function runs when something that runs names it.

Rough where it costs nothing to be: methods go by their names alone, and a class that is named runs all of its own.
"""

from analysis.checks.uses import Owner
from analysis.facts import ir
from analysis.link.programs import Program, guards
from analysis.link.project import Project
from analysis.link.scopes import ClassInfo, FunctionInfo, Module, children

MOST_MENTIONS = 25
"""A name in more files than this is a common word: whatever it names is taken to run."""
MOST_CALLS = 150
"""Functions that call each other in a row; what lies at the end of more is taken to run."""
_STARTS = frozenset({"main", "__main__", "cli"})


class Mentions:
    """In which bodies of a file each name stands, definitions and imports apart."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.guards = guards(module.facts.body)
        self._owners = {id(function.node): function for function in module.functions}
        self.by_name: dict[str, list[tuple[FunctionInfo | None, int]]] = {}
        self._read()

    def _read(self) -> None:
        pending: list[tuple[ir.Node, FunctionInfo | None]] = [(self.module.facts.body, None)]
        while pending:
            node, owner = pending.pop()
            match node:
                case ir.Name():
                    self.by_name.setdefault(node.id, []).append((owner, node.line))
                case ir.Attr():
                    self.by_name.setdefault(node.name, []).append((owner, node.line))
                case ir.FunctionDef() | ir.Lambda():
                    inner = self._owners.get(id(node), owner)
                    pending.append((node.body, inner))
                    if isinstance(node, ir.FunctionDef):
                        pending.extend((decorator, owner) for decorator in node.decorators)
                    pending.extend((p.default, owner) for p in node.params if p.default is not None)
                    continue
                case _:
                    pass
            pending.extend((child, owner) for child in children(node))

    def guarded(self, line: int) -> bool:
        return any(start <= line <= end for start, end in self.guards)


class Reach:
    """What one program runs."""

    def __init__(self, project: Project, program: Program, mentions: dict[str, Mentions]) -> None:
        self.project = project
        self.program = program
        self._mentions = mentions
        self._known: dict[int, bool] = {}
        self._depth = 0

    def runs(self, owner: Owner, module: Module, line: int) -> bool:
        """Whether a line in a body of a module is run by the program, as far as names tell."""
        if module.path not in self.program.files:
            return False
        if isinstance(owner, FunctionInfo):
            return self._called(owner)
        if isinstance(owner, ClassInfo) and owner.owner is not None:
            return self._called(owner.owner)
        return module.path == self.program.main or not self._of(module).guarded(line)

    def _of(self, module: Module) -> Mentions:
        found = self._mentions.get(module.path)
        if found is None:
            found = self._mentions[module.path] = Mentions(module)
        return found

    def _called(self, function: FunctionInfo) -> bool:
        known = self._known.get(id(function))
        if self._depth >= MOST_CALLS:
            return True
        if known is None:
            # While the question is open, whoever asks it again gets no help from it.
            self._known[id(function)] = False
            self._depth += 1
            known = self._known[id(function)] = self._is_called(function)
            self._depth -= 1
        return known

    def _is_called(self, function: FunctionInfo) -> bool:
        if function.owner is not None and function.cls is None:
            return self._called(function.owner) and (function.name == "<lambda>" or self._named(function))
        if function.name == "<lambda>" or function.name in _STARTS:
            return True
        if function.cls is not None:
            return self._method_runs(function, function.cls)
        if function.decorator_names():
            # Commands, hooks and fixtures are run by whoever decorates them.
            return True
        return self._named(function)

    def _method_runs(self, function: FunctionInfo, cls: ClassInfo) -> bool:
        built = self._name_runs(cls.name, cls.module, None)
        if not built:
            return False
        dunder = function.name.startswith("__") and function.name.endswith("__")
        # A framework calls what it overrides; nobody else has to name it.
        return dunder or bool(cls.node.bases) or self._named(function)

    def _named(self, function: FunctionInfo) -> bool:
        return self._name_runs(function.name, function.module, function)

    def _name_runs(self, name: str, home: Module, itself: FunctionInfo | None) -> bool:
        # The index of words has none of a single letter.
        naming = self.project.mentioning(name) if len(name) > 1 else self.program.files
        paths = [path for path in naming if path in self.program.files]
        if len(paths) > MOST_MENTIONS:
            return True
        for path in sorted(paths, key=lambda path: (path != home.path, path)):
            module = self.project.module(path)
            if module is not None and self._runs_in(name, module, itself):
                return True
        return False

    def _runs_in(self, name: str, module: Module, itself: FunctionInfo | None) -> bool:
        mentions = self._of(module)
        return any(
            self.runs(owner, module, line)
            for owner, line in mentions.by_name.get(name, ())
            if itself is None or owner is not itself
        )

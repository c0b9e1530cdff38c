"""Methods that nothing in the repository calls: what they would set is never set."""

import re

from analysis.facts import ir
from analysis.link.project import Project
from analysis.link.scopes import FunctionInfo

PLAIN_BASES = ("torch.utils.data.Dataset", "torch.utils.data.IterableDataset", "builtins.object")
"""Bases from outside that call nothing of a class but what Python has names for."""


def naming(name: str) -> re.Pattern[bytes]:
    """What may be a use of a method: an attribute or a text of its name."""
    escaped = re.escape(name.encode())
    return re.compile(rb"\.%b\b|[\"']%b[\"']" % (escaped, escaped))


class Uncalled:
    """Answers for one repository, each method once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._found: dict[int, bool] = {}

    def method(self, method: FunctionInfo) -> bool:
        """Whether no attribute and no text in the repository is a method's name, but for those in methods of that name.

        What a framework may call is for the caller to know: methods that Python calls itself are never meant.
        """
        found = self._found.get(id(method))
        if found is None:
            found = self._found[id(method)] = self._is_uncalled(method)
        return found

    def _is_uncalled(self, method: FunctionInfo) -> bool:
        if method.name.startswith("__") or method.decorator_names():
            return False
        used = naming(method.name)
        return not any(self._is_used_in(path, used, method.name) for path in self._project.mentioning(method.name))

    def _is_used_in(self, path: str, used: re.Pattern[bytes], name: str) -> bool:
        text = self._project.texts[path]
        places = [match.start() for match in used.finditer(text)]
        module = self._project.module(path) if places else None
        if module is None:
            return bool(places)
        defined = [
            each.node for each in module.functions if isinstance(each.node, ir.FunctionDef) and each.name == name
        ]
        bodies = [node.body for node in defined]
        lines = [text.count(b"\n", 0, place) + 1 for place in places]
        return any(not any(body.start <= line <= body.end for body in bodies) for line in lines)

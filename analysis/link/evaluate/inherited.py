"""Configuration files in Python that build on others: `_base_ = ["../datasets/coco.py"]`, as OpenMMLab's do."""

import posixpath
import re
from collections.abc import Iterable, Iterator

from analysis.link.project import Project

BASES = "_base_"
"""The name of what a configuration builds on, and of all that stands there."""
_LISTED = re.compile(rb"^_base_\s*=\s*(\[[^\]]{0,20000}\]|\([^)]{0,20000}\)|[\"'][^\"'\n]+[\"'])", re.MULTILINE)
_TEXT = re.compile(rb"[\"']([^\"'\n]+)[\"']")


class Inheritance:
    """Which configuration builds on which, read off the bytes."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._bases_of: dict[str, list[str]] | None = None
        self._derived_from: dict[str, list[str]] | None = None

    def building_on(self, paths: Iterable[str]) -> Iterator[str]:
        """The configurations that build on one of these, directly or not."""
        pending = list(paths)
        seen = set(pending)
        while pending:
            for path in self._derived.get(pending.pop(0), ()):
                if path not in seen:
                    seen.add(path)
                    pending.append(path)
                    yield path

    def bases(self, path: str) -> list[str]:
        """The configurations that one builds on, and those that these build on."""
        pending = [path]
        for each in pending:
            pending += [base for base in self._bases.get(each, ()) if base not in pending]
        return pending[1:]

    @property
    def _derived(self) -> dict[str, list[str]]:
        if self._derived_from is None:
            self._derived_from = {}
            for path, bases in self._bases.items():
                for base in bases:
                    self._derived_from.setdefault(base, []).append(path)
        return self._derived_from

    @property
    def _bases(self) -> dict[str, list[str]]:
        if self._bases_of is None:
            self._bases_of = {path: list(self._named_in(path)) for path in self._project.mentioning(BASES)}
        return self._bases_of

    def _named_in(self, path: str) -> Iterator[str]:
        for match in _LISTED.finditer(self._project.texts[path]):
            for text in _TEXT.findall(match[1]):
                yield posixpath.normpath(posixpath.join(posixpath.dirname(path), text.decode("utf-8", "replace")))

"""Files as the linking wants them, kept from one tree to the next while a repository's commits are looked at."""

from collections import OrderedDict

from analysis.link.scopes import Module

KEPT_BYTES = 8 * 2**20
"""Of sources; what is made of them takes some thirty times as much memory."""


class ModuleCache:
    """Modules by path and content. A module knows its own file and nothing of the others: trees may share it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], tuple[Module, int, int]] = OrderedDict()
        self._bytes = 0
        self._trees = 0

    def begin(self) -> None:
        """Another tree is looked at."""
        self._trees += 1

    def get(self, key: tuple[str, str]) -> Module | None:
        """The module, None where it is not kept."""
        found = self._kept.pop(key, None)
        if found is None:
            return None
        module, size, _ = found
        self._kept[key] = (module, size, self._trees)
        return module

    def keep(self, key: tuple[str, str], module: Module, size: int) -> None:
        """Keeps a module of a file of `size` bytes, and lets go of those used longest ago.

        Not of those that this tree has used: the next one wants them as well, and in the same order, so that of a tree
        larger than the room there is nothing would ever be found.
        """
        while self._bytes + size > KEPT_BYTES and self._kept:
            oldest = next(iter(self._kept))
            _, gone, used = self._kept[oldest]
            if used == self._trees:
                return
            del self._kept[oldest]
            self._bytes -= gone
        self._kept[key] = (module, size, self._trees)
        self._bytes += size

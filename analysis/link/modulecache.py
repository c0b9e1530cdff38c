"""Files as the linking wants them, kept from one tree to the next while a repository's commits are looked at."""

from collections import OrderedDict

from analysis.link.scopes import Module

KEPT_BYTES = 8 * 2**20
"""Of sources; what is made of them takes some thirty times as much memory."""


class ModuleCache:
    """Modules by path and content. A module knows its own file and nothing of the others: trees may share it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], tuple[Module, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: tuple[str, str]) -> Module | None:
        """The module, None where it is not kept."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: tuple[str, str], module: Module, size: int) -> None:
        """Keeps a module of a file of `size` bytes, and lets go of those used longest ago."""
        self._kept[key] = (module, size)
        self._bytes += size
        while self._bytes > KEPT_BYTES and len(self._kept) > 1:
            _, (_, gone) = self._kept.popitem(last=False)
            self._bytes -= gone

"""What one lowering keeps of what it has come past."""


class _Lines(dict[int, int]):
    """Line numbers as shared objects: each node has one or two, and an integer of its own costs each 28 bytes."""

    def __missing__(self, number: int) -> int:
        self[number] = number
        return number


LINES = _Lines()
"""Of all files; an entry that two threads make at once is the same."""


class Seen:
    """What has been seen of the outermost function that is being lowered, and how deep in functions that is.

    Of a file that is not `whole` the headers of blocks may be missing.
    """

    def __init__(self, *, whole: bool = True) -> None:
        self.whole = whole
        self.depth = 0
        self.words: dict[str, None] = {}
        self.nested = False
        self.loops = False
        self.yielding = [False]
        """For each function being lowered, innermost last, whether a `yield` has been seen in it."""

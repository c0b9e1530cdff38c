"""Targets that a person wrote down."""

import sys
from collections.abc import Iterator
from pathlib import Path

from miner.errors import BadInput


def lines_of(source: Path) -> Iterator[str]:
    """The targets in a file (`-`: standard input), without empty lines and comments. Raises BadInput."""
    try:
        text = sys.stdin.read() if str(source) == "-" else source.read_text("utf-8")
    except OSError as error:
        raise BadInput(f"{source} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{source} is not text: {error.reason} at byte {error.start}") from error
    for line in text.splitlines():
        target = line.partition("#")[0].strip()
        if target:
            yield target

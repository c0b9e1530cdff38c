"""pip's requirement files: `requirements.txt` and its many spellings, with `-r` and `-c`."""

import posixpath
import re
from collections.abc import Iterator

from analysis.link.requirements.commands import read_commands
from analysis.link.requirements.declaration import Declaration, read_requirement

_COMMAND = re.compile(r"(?:[$!%>]\s*)?(?:python[\d.]*\s+-m\s+)?(?:pip[\d.]*|conda|mamba|uv)\s")
_INCLUDE = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)=?\s*+['\"]?([^\s'\"#]+)")


def read_requirement_lines(text: str, path: str) -> list[Declaration]:
    """What each line asks for, be it as an install command; options, comments and other text are passed over."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith(("#", "-")):
            continue
        declaration = read_requirement(stripped.rstrip("\\"), path, number)
        if declaration is not None:
            found.append(declaration)
        elif _COMMAND.match(stripped):
            found += read_commands(stripped.partition(" #")[0], path, number)
    return found


def includes(text: str, path: str) -> Iterator[str]:
    """The files that `-r` and `-c` lines name, as paths from the repository's root."""
    for line in text.splitlines():
        if match := _INCLUDE.match(line):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), match[1]))
            if not target.startswith(".."):
                yield target

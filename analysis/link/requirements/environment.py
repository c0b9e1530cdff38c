"""conda's environment files and Replicate's `cog.yaml`.

Both are read line by line: a broken or templated file still says what its items say, and the lines are exact.
"""

import re

from analysis.link.requirements.bounds import parse
from analysis.link.requirements.declaration import Declaration, read_requirement

_TOP_KEY = re.compile(r"^([A-Za-z_][\w-]*):")
_ITEM = re.compile(r"^\s*-\s+(\S(?:.*\S)?)")


def read_environment(text: str, path: str) -> list[Declaration]:
    """The items of `dependencies:`, those of its pip section included."""
    found = []
    inside = pip = False
    for number, line in enumerate(text.splitlines(), 1):
        if key := _TOP_KEY.match(line):
            inside, pip = key[1] == "dependencies", False
            continue
        item = _ITEM.match(line)
        if not inside or item is None:
            continue
        if re.match(r"['\"]?pip['\"]?\s*:", item[1]):
            pip = True
            continue
        declaration = read_requirement(_unquoted(item[1]), path, number, dialect="pip" if pip else "conda")
        if declaration is not None:
            found.append(declaration)
    return found


def looks_like_environment(text: str) -> bool:
    """Whether a YAML file is one of conda's."""
    return re.search(r"^dependencies:", text, re.MULTILINE) is not None


def read_cog(text: str, path: str) -> list[Declaration]:
    """`python_packages` and `python_version` of a cog.yaml."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.match(r"\s*python_version:\s*['\"]?([\d.]+)", line):
            found.append(Declaration("python", f"=={match[1]}", parse(match[1]), path, number))
        elif item := _ITEM.match(line):
            declaration = read_requirement(_unquoted(item[1]), path, number)
            if declaration is not None:
                found.append(declaration)
    return found


def _unquoted(item: str) -> str:
    return re.split(r"(?<!\s)\s++#", item, maxsplit=1)[0].strip().strip("'\"")

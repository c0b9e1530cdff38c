"""Install commands (`pip install torch==1.8.0`, `conda install pytorch=1.6 -c pytorch`) wherever they are written."""

import re
from collections.abc import Iterator

from analysis.link.requirements.declaration import Declaration, Dialect, read_requirement

_COMMAND = re.compile(
    r"(?<![\w-])(?P<tool>pip[\d.]*|conda|mamba|micromamba|poetry|uv|pipenv)\s+"
    r"(?:(?:pip|env)\s+)?(?:-[\w-]+\s+)*(?:install|add|create)\b(?P<rest>[^\n;|&`]*(?:&(?!&)[^\n;|&`]*)*)"
)
_VALUE_OPTIONS = frozenset({
    "-c", "--channel", "-f", "--find-links", "-i", "--index-url", "--extra-index-url", "-r", "--requirement",
    "-n", "--name", "-p", "--prefix", "-t", "--target", "--trusted-host", "--file",
})  # fmt: skip
LONGEST_VALUE = 500
"""Characters that are kept of what a variable stands for."""
LONGEST_LINE = 4000
"""Characters. Longer lines are data."""
_VARIABLE = re.compile(r"\$\{?(\w+)(?::-([^}]*))?\}?")
_ASSIGNMENT = re.compile(r"^\s*(?:export\s+|ARG\s+|ENV\s+|set\s+)?(\w+)[= ]\s*['\"]?([\w.+-]+)['\"]?\s*(?:#.*)?$")


def read_commands(line: str, path: str, number: int, variables: dict[str, str] | None = None) -> list[Declaration]:
    """What the install commands on one (logical) line ask for. Unknown variables leave the version open."""
    found: list[Declaration] = []
    if len(line) > LONGEST_LINE or ("install" not in line and "add" not in line and "create" not in line):
        return found
    for command in _COMMAND.finditer(line):
        dialect: Dialect = "pip" if command["tool"].startswith(("pip", "uv", "poetry")) else "conda"
        for token in _packages(command["rest"]):
            token = substitute(token, variables or {})
            declaration = read_requirement(re.sub(r"[=<>~!]*\$.*", "", token), path, number, dialect=dialect)
            if declaration is not None:
                found.append(declaration)
    return found


def read_script(text: str, path: str) -> list[Declaration]:
    """The install commands of a shell script, with its plain variables filled in."""
    found: list[Declaration] = []
    variables: dict[str, str] = {}
    for number, line in logical_lines(text):
        if line.lstrip().startswith("#"):
            continue
        if assignment := _ASSIGNMENT.match(line):
            variables[assignment[1]] = assignment[2][:LONGEST_VALUE]
        found += read_commands(line, path, number, variables)
    return found


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their continuations joined, each with the number of its first."""
    start = 1
    parts: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not parts:
            start = number
        if line.rstrip().endswith("\\"):
            parts.append(line.rstrip()[:-1])
            continue
        yield start, " ".join([*parts, line])
        parts = []
    if parts:
        yield start, " ".join(parts)


def substitute(text: str, variables: dict[str, str]) -> str:
    """`$NAME` and `${NAME:-default}` filled in where known."""
    return _VARIABLE.sub(lambda match: variables.get(match[1]) or match[2] or match[0], text)


def _packages(rest: str) -> Iterator[str]:
    skip = False
    # `>=` may stand apart from its name in quotes only.
    for token in re.findall(r"\"[^\"]*\"|'[^']*'|\S+", rest.replace("\\", " ")):
        if skip:
            skip = False
        elif token.startswith("#"):
            return
        elif token in _VALUE_OPTIONS:
            skip = True
        elif not token.startswith("-"):
            yield token.strip("'\",")

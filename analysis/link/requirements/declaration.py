"""One statement of a repository about a package that it uses, and how such statements are read from a token."""

import re
from typing import Literal

import msgspec

from analysis.link.requirements.bounds import ANY, LONGEST_SPECIFIER, OPERATOR, VERSION, Bounds, parse

Dialect = Literal["pip", "conda"]

ALIASES = {
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "torch-cpu": "torch",
    "torch-gpu": "torch",
    "opencv-python-headless": "opencv-python",
    "pytorch-lightning": "lightning",
}
"""Names under which the same package is installed elsewhere (conda, forks of a build)."""


class Declaration(msgspec.Struct, frozen=True):
    """`package` as the repository writes of it at `path:line`; `specifier` None when any version will do."""

    package: str
    specifier: str | None
    bounds: Bounds
    path: str
    line: int

    @property
    def evidence(self) -> str:
        return f"{self.path}:{self.line}"


class ProjectFile(msgspec.Struct):
    """What a project's metadata asks for. `files` are requirement files that it takes its list from, as written."""

    required: list[Declaration] = msgspec.field(default_factory=list)
    optional: list[Declaration] = msgspec.field(default_factory=list)
    files: list[str] = msgspec.field(default_factory=list)


_REQUIREMENT = re.compile(
    rf"""^\s*(?:[\w.\-/]+::)?                      # conda channel
    ([A-Za-z0-9][A-Za-z0-9._-]*)                   # name
    \s*+(?:\[[^\]]*+\]\s*+)?                      # extras
    (\(?\s*+(?:{OPERATOR})\s*+{VERSION}.*)?$       # the rest from the first operator
    """,
    re.VERBOSE,
)
_COLUMNS = re.compile(rf"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s+({VERSION})(?:\s+\S+)*\s*$")
_DIRECT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*+(?:\[[^\]]*+\]\s*+)?@\s*+(\S+)")
_WHEEL = re.compile(
    r"(?:^|[/#=])([A-Za-z0-9_]+(?:[.-][A-Za-z_]\w*)*)-(\d+(?:\.\d+)+[\w.]*?)(?:(?:%2[bB]|\+)[\w.]+)?(?:[-.]|$)"
)


def canonical(name: str) -> str:
    """The name that declarations are filed under."""
    plain = re.sub(r"[-_.]+", "-", name).lower()
    return ALIASES.get(plain, plain)


def read_requirement(text: str, path: str, line: int, *, dialect: Dialect = "pip") -> Declaration | None:
    """A requirement in pip's or conda's spelling, a line of `pip list`, a direct reference or a wheel's address."""
    text = text.split(";")[0].split(" #")[0].split(" --")[0].strip().strip("'\"")
    if not text or len(text) > LONGEST_SPECIFIER:
        return None
    if direct := _DIRECT.match(text):
        wheel = read_wheel(direct[2], path, line)
        return wheel or Declaration(canonical(direct[1]), None, ANY, path, line)
    if "://" in text or text.endswith(".whl"):
        return read_wheel(text, path, line)
    if match := _REQUIREMENT.match(text):
        return _declared(match[1], match[2], path, line, dialect)
    if match := _COLUMNS.match(text):
        return _declared(match[1], f"=={match[2]}", path, line, dialect)
    return None


def read_wheel(address: str, path: str, line: int) -> Declaration | None:
    """The package and version that a wheel's file name gives."""
    name = address.rsplit("/", 1)[-1]
    match = _WHEEL.search(name) if "git+" not in address and len(name) <= LONGEST_SPECIFIER else None
    return _declared(match[1], f"=={match[2]}", path, line, "pip") if match else None


def _declared(name: str, specifier: str | None, path: str, line: int, dialect: Dialect) -> Declaration:
    if specifier is None:
        return Declaration(canonical(name), None, ANY, path, line)
    specifier = specifier.strip().strip("()").strip()
    if dialect == "conda":
        # `name=version=build`: the build says nothing.
        specifier = re.sub(rf"^(={{1,2}}\s*{VERSION})=.*$", r"\1", specifier)
    return Declaration(canonical(name), specifier, parse(specifier), path, line)

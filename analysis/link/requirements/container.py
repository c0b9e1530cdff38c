"""Dockerfiles and Singularity definitions: the base image's torch, and what `RUN` installs."""

import re

from analysis.catalog.images import ngc_torch
from analysis.link.requirements.bounds import parse
from analysis.link.requirements.commands import LONGEST_VALUE, logical_lines, read_commands, substitute
from analysis.link.requirements.declaration import Declaration

MOST_STATEMENTS = 500

_FROM = re.compile(r"^\s*(?:FROM|From:)\s+(?:--platform=\S+\s+)?(\S+)", re.IGNORECASE)
_ARG = re.compile(r"^\s*(?:ARG|ENV)\s+(\w+)[=\s]\s*['\"]?([^\s'\"]+)", re.IGNORECASE)
_BUILT = re.compile(r"(?:torch|pytorch|pt)[_.-]?v?(\d+\.\d+(?:\.\d+)?)", re.IGNORECASE)


def read_dockerfile(text: str, path: str) -> list[Declaration]:
    """The images and install commands of a container's recipe, with the defaults of its arguments filled in."""
    found: list[Declaration] = []
    variables: dict[str, str] = {}
    lines = text.splitlines()
    spaced = [" ".join(line.split()) for line in lines]
    for number, line in logical_lines(_without_comments(lines)):
        if argument := _ARG.match(line):
            # Each may name the one before it twice.
            variables[argument[1]] = substitute(argument[2], variables)[:LONGEST_VALUE]
        if image := _FROM.match(line):
            declaration = read_image(substitute(image[1], variables), path, number)
            if declaration is not None:
                found.append(declaration)
        for part in re.split(r"&&|;", line):
            if len(found) < MOST_STATEMENTS:
                found += read_commands(part, path, _line_of(spaced, number, part), variables)
    return found


def read_image(image: str, path: str, line: int) -> Declaration | None:
    """torch (or Python) as a base image's name and tag give it; None for an image that says neither."""
    name, _, tag = image.rpartition(":") if ":" in image.rsplit("/", 1)[-1] else (image, "", "")
    if re.search(r"nvidia/pytorch$", name):
        version = ngc_torch(tag[:5]) if re.match(r"\d\d\.\d\d", tag) else None
        return _pinned("torch", version, path, line) if version else None
    if name.rsplit("/", 1)[-1] == "python" and (match := re.match(r"\d+\.\d+(?:\.\d+)?", tag)):
        return _pinned("python", match[0], path, line)
    if "torch" not in image.lower():
        return None
    built = _BUILT.search(tag) or (re.match(r"v?(\d+\.\d+(?:\.\d+)?)", tag) if "torch" in name.lower() else None)
    return _pinned("torch", built[1], path, line) if built else None


def _pinned(package: str, version: str, path: str, line: int) -> Declaration:
    return Declaration(package, f"=={version}", parse(f"=={version}"), path, line)


def _without_comments(lines: list[str]) -> str:
    return "\n".join("" if line.lstrip().startswith("#") else line for line in lines)


def _line_of(spaced: list[str], start: int, part: str) -> int:
    """The line of a continued instruction on which `part` begins, of lines with one space for many."""
    words = part.split()
    if "install" not in words:
        return start
    for number in range(start, min(len(spaced), start + 200) + 1):
        if " ".join(words[:3]) in spaced[number - 1]:
            return number
    return start

"""A text that does not parse, made to: newer grammar than this Python's is put in its terms, broken lines are left out.

Lines stay where they are. One broken statement hides one statement and not the file's classes.
"""

import re
from collections.abc import Callable

MOST_REPAIRS = 12
"""Repairs of one text: each parses it anew up to the next fault, and what has more is not Python."""

_GENERIC = re.compile(r"^(\s*+(?:async\s++)?(?:class|def)\s++\w++)\s*+\[")
_ALIAS = re.compile(r"^(\s*+)type\s++(\w++)\s*+(?:\[.*?\]\s*+)?=(?!=)")
_HEADER_ABOVE = re.compile(r"expected an indented block after .* on line (\d+)")
_FORMATTED = re.compile(r"(?<![\w\"'])(?:[rR]?[fFtT]|[fFtT][rR])(\"\"\"|'''|\"|')")


def newer(text: str) -> str:
    """Python 3.12's type parameters and quotes within formatted strings as older Pythons read them."""
    return "\n".join(_newer_line(line) for line in text.split("\n"))


def _newer_line(line: str) -> str:
    if "[" in line and (match := _GENERIC.match(line)):
        line = match.group(1) + _after_bracket(line, match.end())
    line = _ALIAS.sub(r"\1\2 =", line)
    return _plain_strings(line) if "{" in line and _FORMATTED.search(line) else line


def _after_bracket(line: str, start: int) -> str:
    depth = 1
    for place in range(start, len(line)):
        depth += (line[place] == "[") - (line[place] == "]")
        if depth == 0:
            return line[place + 1 :]
    return line[start:]


def _plain_strings(line: str) -> str:
    """The line with an empty string for each formatted one that has its own quote within its braces."""
    out: list[str] = []
    start = 0
    while match := _FORMATTED.search(line, start):
        quote = match.group(1)
        end, nested = _end_of_string(line, match.end(), quote)
        out.append(line[start : match.start()] if nested else line[start:end])
        if nested:
            out.append("''")
        start = end
    return "".join(out) + line[start:]


def _end_of_string(line: str, start: int, quote: str) -> tuple[int, bool]:
    depth, nested, place = 0, False, start
    while place < len(line):
        if line[place] == "\\" or (line.startswith(("{{", "}}"), place) and depth == 0):
            place += 1
        elif line[place] in "{}":
            depth += 1 if line[place] == "{" else -1
        elif line.startswith(quote, place):
            if depth <= 0:
                return place + len(quote), nested
            nested = True
        place += 1
    return len(line), False


_BEGUN = re.compile(
    r"([ \t]*)(?:(class|if|for|while|with|elif|else|except|finally)\b|(?:async[ \t]{1,9})?def[ \t]{1,9}(\w{1,80}))"
)
_OPENED = {"elif": "elif True:", "else": "else:", "except": "except Exception:", "finally": "finally:"}
"""What a header becomes that cannot be read; the others become a test that always holds."""


def mend(text: str, parse: Callable[[str], object]) -> tuple[str, list[str]] | None:
    """The text without what breaks it, and each fault that was left out, in words; None where that helps nothing.

    `parse` raises SyntaxError for what it cannot read, with the line of the fault.
    """
    lines = text.split("\n")
    faults: list[str] = []
    for _ in range(MOST_REPAIRS):
        try:
            parse("\n".join(lines))
        except SyntaxError as error:
            if not _repair(lines, error, faults):
                return None
        else:
            return ("\n".join(lines), faults) if any(line.strip() for line in lines) else None
    return None


def _repair(lines: list[str], error: SyntaxError, faults: list[str]) -> bool:
    message = error.msg or "syntax"
    first = error.lineno or 0
    header = _HEADER_ABOVE.match(message)
    if header is not None and 0 < int(header.group(1)) <= len(lines):
        lines[int(header.group(1)) - 1] += " pass"
        faults.append(f"{message}, which has none")
        return True
    stray = _stray(lines, first) if message == "unexpected indent" else 0
    if stray:
        lines[stray - 1] = ""
        faults.append(f"{message} (line {stray})")
        return True
    # An unclosed bracket is named by its own line, a missing comma by the lines that it should part.
    last = max(first, error.end_lineno or first)
    shown = [number for number in range(first, last + 1) if 0 < number <= len(lines) and lines[number - 1].strip()]
    if not shown:
        shown = [number for number in range(min(first, len(lines)), 0, -1) if lines[number - 1].strip()][:1]
    for number in shown:
        lines[number - 1] = _opened(lines[number - 1])
    if shown and message != "unexpected indent":
        faults.append(f"{message} (line {shown[0]})")
    return bool(shown)


def _stray(lines: list[str], number: int) -> int:
    """The line above one, if it alone stands further out than what is around it; 0 for none."""
    if number > len(lines):  # CPython counts lines that end in other characters too
        return 0
    said = [each for each in range(number, 0, -1) if lines[each - 1].strip() and lines[each - 1].lstrip()[0] != "#"][:3]
    if len(said) < 3:
        return 0
    own, above, before = (len(lines[each - 1]) - len(lines[each - 1].lstrip()) for each in said)
    return said[1] if above < own <= before else 0


def _opened(line: str) -> str:
    """What stands for a broken line: a header keeps its block, anything else is left out."""
    bare = line.rstrip()
    if bare.endswith(":") and (begun := _BEGUN.match(bare)):
        indent, word, name = begun.groups()
        opened = indent + (f"def {name}(*_):" if name else _OPENED.get(word, "if True:"))
        return "" if opened == bare else opened
    return ""

"""Python 2 as Python 3 reads it: what only the old grammar has, rewritten line by line so that none moves."""

import re

_LINE = r"^(\s*+(?:.*?[:;]\s*+)?)"
_SPACES = r"(?:\s\s++|\s(?!\())"
"""Behind a word that is a function in Python 3: one space and a bracket are a call already."""
_LAST = r"(\s*+(?:#.*)?)$"
_WITHIN = r",(?!\s*+(?:#|$))|\s++(?!#|$)"
"""A comma or spaces that something follows."""
_PYTHON2 = [
    (
        "print",
        rf"^(\s*+)print\s*+>>\s*+([^,\n]++),\s*+((?:[^#\s]++|\s++(?!#|$))*+){_LAST}",
        r"\1print(\3, file=\2)\4",
    ),
    ("print", r"^(\s*+)print\s*+>>\s*+([^,\n]++)$", r"\1print(file=\2)"),
    (
        "print",
        rf"{_LINE}print{_SPACES}((?:[^#\"'\s,]++|{_WITHIN}|\"[^\"]*+\"|'[^']*+')++),?{_LAST}",
        r"\1print(\2)\3",
    ),
    (
        "print",
        rf"{_LINE}print\s++(\(.*?\)\s*+[%,+](?:[^#\s,]++|{_WITHIN})*+),?{_LAST}",
        r"\1print(\2)\3",
    ),
    ("print", r"^(\s*+)print\s*+$", r"\1print()"),
    ("except", r"^(\s*+except(?:\s++[\w.]++|\s*+\([^)]*+\)))\s*+,\s*+(\w++)\s*+:", r"\1 as \2:"),
    ("exec", rf"^(\s*+)exec{_SPACES}((?:\S++|\s++(?!in\s))++)\s++in\s++(.+)$", r"\1exec(\2, \3)"),
    ("exec", rf"^(\s*+)exec{_SPACES}(.+)$", r"\1exec(\2)"),
    ("raise", r"^(\s*+raise\s++[\w.]++)\s*+,\s*+((?:[^,\s]++|\s++(?!,|$))++)(?:\s*+,.*)?\s*+$", r"\1(\2)"),
    ("0", r"(?<![\w.])0(\d++)(?![\w.])", r"0o\1"),
    ("L", r"(?<![\w.])(\d++)L(?!\w)", r"\1"),
    ("l", r"(?<![\w.])(\d++)l(?!\w)", r"\1"),
    ("ur", r"\bur(['\"])", r"r\1"),
    ("<>", r"<>", "!="),
    # `.cuda(async=True)`: a keyword since Python 3.7, an argument of PyTorch before.
    ("async", r"(?<=[(,\s])async(?=\s*=(?!=))", "async_"),
    ("`", r"`([^`\n]+)`", r"repr(\1)"),
    ("def", r"^(\s*+def\s++\w++\()(.*)\((\w++)\s*+,\s*+(\w++)\)(.*\)\s*+:)", r"\1\2\3_\4\5"),
]
"""What a line has to hold, the form that it has then, and the new one."""
_PRINT = re.compile(r"([ \t]*)print[ \t]{1,40}(?=[^\s(=>.,)\]:])")
LONGEST_PRINT = 200
"""Lines of one statement."""
LONGEST_LINE = 1000
"""Characters; longer lines are data. Some forms are looked for at each of many places of a line, up to its end."""
_COMPILED = [(held, re.compile(old), new) for held, old, new in _PYTHON2]


def modernise(text: str) -> str:
    """The text with the old statements, numbers and operators in their new forms; its lines stay where they are."""
    # Most texts have none of most forms, and a look costs a hundredth of a pattern on each line.
    possible = [
        form for form in _COMPILED if form[0] in text and (form[1].pattern.startswith("^") or form[1].search(text))
    ]
    out = []
    for line in _with_long_prints(text.split("\n")) if "print" in text else text.split("\n"):
        for held, old, new in possible if len(line) <= LONGEST_LINE else ():
            if held in line:
                line = old.sub(new, line)
        out.append(line)
    return "\n".join(out)


def _with_long_prints(lines: list[str]) -> list[str]:
    """The lines, with brackets around what `print` statements print that go on over several of them."""
    last = -1
    for first, line in enumerate(lines):
        # No line is read twice, so that a file of brackets that nothing closes costs no more than others.
        begun = _PRINT.match(line) if first > last else None
        if begun is None or ";" in line:
            continue
        depth, quote, end = _read(line, 0, "")
        last = first
        while (depth > 0 or quote or lines[last].endswith("\\")) and last + 1 < min(len(lines), first + LONGEST_PRINT):
            last += 1
            depth, quote, end = _read(lines[last], depth, quote)
        if last > first and not depth and not quote:
            lines[last] = f"{lines[last][:end].rstrip()}){lines[last][end:]}"
            lines[first] = f"{begun[1]}print({line[begun.end() :]}"
    return lines


def _read(line: str, depth: int, quote: str) -> tuple[int, str, int]:
    """How many brackets are open at the end of a line, which text of several lines is, and where its code ends."""
    place = 0
    while place < len(line):
        if quote:
            over = quote if line.startswith(quote, place) else line[place : place + 1 + (line[place] == "\\")]
            quote = "" if over == quote else quote
            place += len(over)
        elif line[place] == "#":
            break
        elif line[place] in "\"'":
            quote = line[place] * (3 if line.startswith(line[place] * 3, place) else 1)
            place += len(quote)
        else:
            depth += (line[place] in "([{") - (line[place] in ")]}")
            place += 1
    return depth, quote if len(quote) == 3 else "", place

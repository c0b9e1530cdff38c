"""Python 2 as Python 3 reads it: what only the old grammar has, rewritten line by line so that none moves."""

import re

_PYTHON2 = [
    (re.compile(r"^(\s*)print\s*>>\s*([^,\n]+),\s*(.*?)(\s*(?:#.*)?)$"), r"\1print(\3, file=\2)\4"),
    (re.compile(r"^(\s*)print\s*>>\s*([^,\n]+)$"), r"\1print(file=\2)"),
    (
        re.compile(r"^(\s*(?:.*?[:;]\s*)?)print\s+(?!\()((?:[^#\"']|\"[^\"]*\"|'[^']*')+?),?(\s*(?:#.*)?)$"),
        r"\1print(\2)\3",
    ),
    (re.compile(r"^(\s*(?:.*?[:;]\s*)?)print\s+(\(.*?\)\s*[%,+].*?),?(\s*(?:#.*)?)$"), r"\1print(\2)\3"),
    (re.compile(r"^(\s*)print\s*$"), r"\1print()"),
    (re.compile(r"^(\s*except\s+[\w.]+|\s*except\s*\([^)]*\))\s*,\s*(\w+)\s*:"), r"\1 as \2:"),
    (re.compile(r"^(\s*)exec\s+(?!\()(.+?)\s+in\s+(.+)$"), r"\1exec(\2, \3)"),
    (re.compile(r"^(\s*)exec\s+(?!\()(.+)$"), r"\1exec(\2)"),
    (re.compile(r"^(\s*raise\s+[\w.]+)\s*,\s*(.+?)(?:\s*,\s*.+)?$"), r"\1(\2)"),
    (re.compile(r"(?<![\w.])0(\d+)(?![\w.])"), r"0o\1"),
    (re.compile(r"(?<![\w.])(\d+)[lL](?!\w)"), r"\1"),
    (re.compile(r"\bur(['\"])"), r"r\1"),
    (re.compile(r"<>"), "!="),
    # `.cuda(async=True)`: a keyword since Python 3.7, an argument of PyTorch before.
    (re.compile(r"(?<=[(,\s])async(?=\s*=(?!=))"), "async_"),
    (re.compile(r"`([^`\n]+)`"), r"repr(\1)"),
    (re.compile(r"^(\s*def\s+\w+\()(.*)\((\w+)\s*,\s*(\w+)\)(.*\)\s*:)"), r"\1\2\3_\4\5"),
]


def modernise(text: str) -> str:
    """The text with the old statements, numbers and operators in their new forms; its lines stay where they are."""
    out = []
    for line in text.split("\n"):
        for pattern, replacement in _PYTHON2:
            line = pattern.sub(replacement, line)
        out.append(line)
    return "\n".join(out)

"""Bytes to syntax tree, for what CPython reads and for some of what it refuses.

Recovery goes from the exact to the rough: as it stands; as UTF-8 whatever the file declares; with Python 2's forms
rewritten line by line, so that line numbers stay; with newer forms rewritten; without its broken lines. How a file was
read is recorded; a file that defeats every step is named with its reason, and so is one that lost lines.
"""

import ast
import io
import re
import sys

import msgspec

from analysis.facts.quiet import without_warnings

LARGEST_SOURCE = 2_000_000
"""Bytes, those of a notebook's pictures and texts apart. The tree of a generated table costs about 130 bytes of memory
for each byte of source."""


class UnreadableError(Exception):
    """The file cannot be analysed; the message is the reason, in words."""


class Source(msgspec.Struct, frozen=True):
    """A parsed file. `cells` maps each line to its (cell, line in cell) for a notebook and is None otherwise.

    `left_out` names the statements that could not be read.
    """

    tree: ast.Module
    how: str
    cells: list[tuple[int, int]] | None = None
    left_out: str | None = None


def parse_source(data: bytes, *, notebook: bool) -> Source:
    """Parse a file's bytes.

    Raises:
        UnreadableError: with the reason, when no step of the recovery reads it.
    """
    if notebook:
        text, cells = _notebook_text(data)
        tree, how, left_out = _parse_text(text)
        return Source(tree, how, cells, left_out)
    if len(data) > LARGEST_SOURCE:
        raise UnreadableError(f"too large: {len(data)} bytes")
    if data.startswith(b"version https://git-lfs"):
        raise UnreadableError("a pointer to large file storage, not the file")
    try:
        return Source(_parse(data), "exact")
    except (SyntaxError, ValueError, UnreadableError):
        tree, how, left_out = _parse_text(_decode(data))
        return Source(tree, how, None, left_out)


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    import tokenize  # for the few files that are not UTF-8

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding, errors="replace")
    except (SyntaxError, LookupError):
        text = data.decode("utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ")


def _parse_text(text: str) -> tuple[ast.Module, str, str | None]:
    first: SyntaxError | ValueError | UnreadableError
    try:
        return _parse(text), "utf-8", None
    except (SyntaxError, ValueError, UnreadableError) as error:
        first = error
    if isinstance(first, UnreadableError):
        raise first
    furthest = (_line_of(first), text)
    widths = (8, 4) if "\t" in text else (8,)
    rewritings = [("python 2", _modernise(text.expandtabs(width))) for width in widths]
    for how, rewritten in (*rewritings, ("newer", _newer(text))):
        if rewritten == text:
            continue
        try:
            return _parse(rewritten), how, None
        except (SyntaxError, ValueError, UnreadableError) as error:
            furthest = max(furthest, (_line_of(error), rewritten), key=lambda known: known[0])
    mended = _mend(furthest[1])
    if mended is not None:
        return _parse(mended[0]), "mended", "syntax: " + "; ".join(mended[1]) + "; the rest is read"
    line = _line_of(first)
    where = f" (line {line})" if line else ""
    raise UnreadableError(f"syntax: {getattr(first, 'msg', None) or first}{where}")


def _line_of(error: Exception) -> int:
    return getattr(error, "lineno", None) or 0


def _parse(source: bytes | str) -> ast.Module:
    """`ast.parse` on a stack that generated code with thousands of nested terms does not exhaust."""
    with without_warnings():
        try:
            return ast.parse(source)
        except RecursionError:
            return _parse_deep(source)
        except MemoryError:
            # CPython's parser says this of its own nesting limit; memory is not short.
            raise UnreadableError("nested too deeply") from None


def _parse_deep(source: bytes | str) -> ast.Module:
    result: list[ast.Module] = []
    failure: list[BaseException] = []

    def work() -> None:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(100_000)
        try:
            result.append(ast.parse(source))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            failure.append(error)
        finally:
            sys.setrecursionlimit(limit)

    import threading

    # Virtual memory only: a page is taken when the recursion gets there.
    previous = threading.stack_size(512 * 1024 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(previous)
    if result:
        return result[0]
    if failure and isinstance(failure[0], SyntaxError | ValueError):
        raise failure[0]
    raise UnreadableError("nested too deeply")


class _Cell(msgspec.Struct):
    cell_type: str = ""
    source: str | list[str] = ""


class _Worksheet(msgspec.Struct):
    cells: list[msgspec.Raw] = []


class _Notebook(msgspec.Struct):
    cells: list[_Cell] = []
    worksheets: list[_Worksheet] = []


class _OldCell(msgspec.Struct):
    cell_type: str = ""
    input: str | list[str] = ""


def notebook_code(data: bytes) -> bytes:
    """What a notebook's code cells hold, without its outputs and pictures; all of it where it cannot be read."""
    try:
        return "\n".join(text for kind, text in _cells(data) if kind == "code").encode("utf-8", "replace")
    except UnreadableError:
        return data


def _cells(data: bytes) -> list[tuple[str, str]]:
    """Kind and text of each cell. Raises UnreadableError."""
    try:
        book = msgspec.json.decode(data, type=_Notebook)
        sources = [(cell.cell_type, cell.source) for cell in book.cells]
        for sheet in book.worksheets:
            for raw in sheet.cells:
                old = msgspec.json.decode(raw, type=_OldCell)
                sources.append((old.cell_type, old.input))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableError(f"notebook: {error}") from error
    return [(kind, source if isinstance(source, str) else "".join(source)) for kind, source in sources]


def _notebook_text(data: bytes) -> tuple[str, list[tuple[int, int]]]:
    """All code cells as one module. The line map is `(cell, line)`, cells counted from 0 over all cells."""
    lines: list[str] = []
    where: list[tuple[int, int]] = []
    cells = _cells(data)
    size = sum(len(text) for kind, text in cells if kind == "code")
    if size > LARGEST_SOURCE:
        raise UnreadableError(f"too large: {size} characters of code")
    for number, (kind, text) in enumerate(cells):
        if kind != "code":
            continue
        cell_lines = quiet_magics(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
        if not _parses("\n".join(cell_lines)):
            cell_lines = _readable_cell("\n".join(cell_lines)).split("\n")
        lines.extend(cell_lines)
        where.extend((number, line) for line in range(1, len(cell_lines) + 1))
    return "\n".join(lines), where


def _readable_cell(text: str) -> str:
    """The cell in a form that parses, or nothing of it: one broken cell must not hide the others."""
    for rewritten in (_modernise(text), _newer(text)):
        if _parses(rewritten):
            return rewritten
    mended = _mend(text)
    return "\n" * text.count("\n") if mended is None else mended[0]


def _parses(text: str) -> bool:
    try:
        _parse(text)
    except (SyntaxError, ValueError, UnreadableError):
        return False
    return True


_MAGIC = re.compile(r"^(\s*+)(?:[%!?].*|.*\S\?{1,2}\s*+)$")
_RUN = re.compile(
    r"^([ \t]*)%run[ \t]{1,20}(?:-\w{1,9}[ \t]{1,20}){0,9}(?P<quote>[\"']?)(?:\./)?(?P<up>(?:\.\./){0,9})"
    r"(?P<path>(?:[^\W\d]\w{0,80}/){0,9}[^\W\d]\w{0,80})(?:\.py|\.ipynb)?(?P=quote)(?:[\s;#]|$)"
)
_MAGIC_VALUE = re.compile(r"^(\s*+[\w, ]++=\s*+)[%!].*$")


def quiet_magics(text: str) -> str:
    """IPython's own lines (`%matplotlib`, `!pip`, `name?`) as `pass`, each on its line; other languages as nothing.

    `%run sets.ipynb` leaves all names of that file behind, as an import of them does.
    """
    if re.match(r"\s*%%(?!time|capture|prun|writefile\s+\S+\.py)", text):
        return "\n" * text.count("\n")
    out = []
    for line in text.split("\n"):
        if "?" in line or "%" in line or "!" in line:
            match = _MAGIC.match(line)
            if run := _RUN.match(line):
                line = f"{run[1]}from .{'.' * run['up'].count('/')}{run['path'].replace('/', '.')} import *"
            elif match and (line.lstrip()[:1] in "%!?" or line.rstrip().endswith("?")):
                line = match.group(1) + "pass"
            else:
                line = _MAGIC_VALUE.sub(r"\1None", line)
        out.append(line)
    return "\n".join(out)


def _modernise(text: str) -> str:
    from analysis.facts.python2 import modernise  # few repositories need it, and its patterns are many

    return modernise(text)


def _newer(text: str) -> str:
    from analysis.facts.mending import newer

    return newer(text)


def _mend(text: str) -> tuple[str, list[str]] | None:
    from analysis.facts.mending import mend

    try:
        return mend(text, _parse)
    except (ValueError, UnreadableError):
        return None

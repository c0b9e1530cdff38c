"""One more item in a bracketed list of arguments or entries, in the manner of those that are there."""

from collections.abc import Sequence

import libcst as cst

from analysis.fix.unit import Unit

_NOTHING = cst.SimpleWhitespace("")
_SPACE = cst.SimpleWhitespace(" ")
_NO_COMMENT = cst.TrailingWhitespace()
WIDEST = 100
"""Columns from which on an item goes on a line of its own, where the list has such lines."""
FAR_TOO_WIDE = 120
"""Columns from which on it does so in any list."""


def add_argument(unit: Unit, call: cst.Call, name: str, value: str) -> None:
    """Note that a call gets one more keyword argument."""
    columns = (unit.columns(call.args[0])[0], unit.columns(call.args[-1])[1]) if call.args else (0, 0)

    def longer(node: cst.CSTNode) -> cst.CSTNode:
        return _with_argument(cst.ensure_type(node, cst.Call), name, value, columns)

    unit.edit(call, longer)


def add_entry(unit: Unit, table: cst.Dict, key: str, value: str) -> None:
    """Note that a dictionary gets one more entry, its key quoted as the others are."""
    elements = table.elements
    columns = (unit.columns(elements[0])[0], unit.columns(elements[-1])[1]) if elements else (0, 0)

    def longer(node: cst.CSTNode) -> cst.CSTNode:
        return _with_entry(cst.ensure_type(node, cst.Dict), key, value, columns)

    unit.edit(table, longer)


def _with_argument(call: cst.Call, name: str, value: str, columns: tuple[int, int]) -> cst.Call:
    new = cst.Arg(
        keyword=cst.Name(name),
        value=cst.parse_expression(value),
        equal=cst.AssignEqual(_NOTHING, _NOTHING),
    )
    args = list(call.args)
    if not args:
        return call.with_changes(args=[new])
    last = args[-1]
    between = _separator(
        [arg.comma for arg in args[:-1]], call.whitespace_before_args, columns, len(name) + len(value) + 4
    )
    if isinstance(last.comma, cst.Comma):
        closing = last.comma.whitespace_after
        args[-1] = last.with_changes(comma=_with_comment_of(between, closing))
        new = new.with_changes(comma=last.comma.with_changes(whitespace_after=_without_comment(closing)))
    else:
        closing = last.whitespace_after_arg
        args[-1] = last.with_changes(comma=_with_comment_of(between, closing), whitespace_after_arg=_NOTHING)
        new = new.with_changes(whitespace_after_arg=_without_comment(closing))
    return call.with_changes(args=[*args, new])


def _with_entry(table: cst.Dict, key: str, value: str, columns: tuple[int, int]) -> cst.Dict:
    elements = list(table.elements)
    new = cst.DictElement(cst.SimpleString(f"{_quote(elements)}{key}{_quote(elements)}"), cst.parse_expression(value))
    if not elements:
        return table.with_changes(elements=[new])
    last = elements[-1]
    between = _separator(
        [element.comma for element in elements[:-1]], table.lbrace.whitespace_after, columns, len(key) + len(value) + 6
    )
    if isinstance(last.comma, cst.Comma):
        closing = last.comma.whitespace_after
        elements[-1] = last.with_changes(comma=_with_comment_of(between, closing))
        new = new.with_changes(comma=last.comma.with_changes(whitespace_after=_without_comment(closing)))
        return table.with_changes(elements=[*elements, new])
    closing = table.rbrace.whitespace_before
    elements[-1] = last.with_changes(comma=_with_comment_of(between, closing))
    return table.with_changes(
        elements=[*elements, new], rbrace=table.rbrace.with_changes(whitespace_before=_without_comment(closing))
    )


def _quote(elements: Sequence[cst.BaseDictElement]) -> str:
    for element in elements:
        if isinstance(element, cst.DictElement) and isinstance(element.key, cst.SimpleString):
            return element.key.quote
    return '"'


def _separator(
    commas: Sequence[cst.Comma | cst.MaybeSentinel],
    opening: cst.BaseParenthesizableWhitespace,
    columns: tuple[int, int],
    width: int,
) -> cst.Comma:
    """The comma between the last item and the new one: as between the last two, or a line's end where it gets long.

    `columns`: where the first item begins, and where the last one ends.
    """
    known = [comma for comma in commas if isinstance(comma, cst.Comma)]
    if known and not _breaks(known[-1].whitespace_after) and columns[1] + width <= WIDEST:
        return cst.Comma(whitespace_after=_SPACE)
    spaces: list[cst.BaseParenthesizableWhitespace] = [comma.whitespace_after for comma in reversed(known)]
    space = next((space for space in (*spaces, opening) if _breaks(space)), _SPACE)
    if space is _SPACE and columns[1] + width > FAR_TOO_WIDE:
        aligned = cst.SimpleWhitespace(" " * columns[0])
        space = cst.ParenthesizedWhitespace(first_line=_NO_COMMENT, indent=False, last_line=aligned)
    return cst.Comma(whitespace_after=_without_comment(space))


def _breaks(space: cst.BaseParenthesizableWhitespace) -> bool:
    return isinstance(space, cst.ParenthesizedWhitespace)


def _without_comment(space: cst.BaseParenthesizableWhitespace) -> cst.BaseParenthesizableWhitespace:
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return space
    return space.with_changes(first_line=_NO_COMMENT, empty_lines=[])


def _with_comment_of(comma: cst.Comma, closing: cst.BaseParenthesizableWhitespace) -> cst.Comma:
    """A comment behind what was the last item stays behind it."""
    if not isinstance(closing, cst.ParenthesizedWhitespace) or (
        closing.first_line.comment is None and not any(line.comment for line in closing.empty_lines)
    ):
        return comma
    after = comma.whitespace_after
    if isinstance(after, cst.ParenthesizedWhitespace):
        return comma.with_changes(
            whitespace_after=after.with_changes(first_line=closing.first_line, empty_lines=closing.empty_lines)
        )
    return comma.with_changes(whitespace_after=closing)

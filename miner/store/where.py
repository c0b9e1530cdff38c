"""The language in which people say which repositories they mean: `verdict = affected and stars > 100`.

    expression  = term { "or" term }
    term        = factor { "and" factor }
    factor      = "not" factor | "(" expression ")" | comparison
    comparison  = column ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" ) value
                | column "in" "(" value { "," value } ")"

Columns are those of `COLUMNS` and no others; what is written is read into the values below and never becomes SQL text.
`~` means "contains, in any case". Ages are written `7d` (s, m, h, d, w); `null` is what is not known.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, get_args

from analysis.report import DrawKind, NotEligible, Outcome, Reseed, TorchRange, Verdict, Workers
from miner.store.errors import BadFilter
from miner.store.records import FAILURE_STATES

Kind = Literal["choice", "text", "number", "flag", "age"]
Value = str | int | bool | timedelta | None

LONGEST_EXPRESSION: Final = 2_000
DEEPEST: Final = 50
_LARGEST_NUMBER: Final = 2**31 - 1
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_MOST_OF_A_UNIT: Final = 100_000


@dataclass(frozen=True, slots=True)
class Column:
    """What may be compared: its kind, and the values of a choice. `about` is for people."""

    kind: Kind
    about: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compare:
    """A column against values: one, or for `in` several."""

    column: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold; an empty one always does."""

    parts: tuple["Expression", ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """One of the parts holds."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """The part does not hold."""

    part: "Expression"


_PLAIN_STATES: Final = ("discovered", "queued", "scanning", "scanned")

Expression = Compare | Every | Either | Negated

COLUMNS: Final[Mapping[str, Column]] = {
    "verdict": Column("choice", "the latest scan's verdict", get_args(Verdict)),
    "legacy": Column("choice", "its outcome under torch < 1.9", get_args(Outcome)),
    "modern": Column("choice", "its outcome under torch >= 1.9", get_args(Outcome)),
    "torch_range": Column("choice", "which torch it asks for", get_args(TorchRange)),
    "draw_kind": Column("choice", "the worst pair's kind of draw", get_args(DrawKind)),
    "reseed": Column("choice", "what the worst pair's workers are seeded with", get_args(Reseed)),
    "workers": Column("choice", "whether the worst pair has workers", get_args(Workers)),
    "why_not_eligible": Column("choice", "why it is not in the denominator", get_args(NotEligible)),
    "eligible": Column("flag", "whether it is in the denominator"),
    "scanned": Column("flag", "whether there is a scan"),
    "age": Column("age", "time since the latest scan"),
    "analyzer": Column("text", "the version that made the latest scan"),
    "facts": Column("number", "the version of the facts under the latest scan"),
    "state": Column("choice", "where the repository stands", (*_PLAIN_STATES, *FAILURE_STATES)),
    "host": Column("text", "`github.com`, another host, or `local`"),
    "owner": Column("text", "the owner"),
    "name": Column("text", "the name"),
    "stars": Column("number", "stars on GitHub"),
    "fork": Column("flag", "whether it is a fork"),
    "archived": Column("flag", "whether it is archived"),
    "pushed": Column("age", "time since the last push"),
    "size_kb": Column("number", "size on GitHub, in kB"),
}

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<operator><=|>=|!=|<>|==|[=<>~(),])
      | "(?P<double>[^"]*)" | '(?P<single>[^']*)'
      | (?P<word>[A-Za-z0-9_.][A-Za-z0-9_./:@+-]*)
    )""",
    re.VERBOSE,
)
_SAME: Final = {"==": "=", "<>": "!="}
_ALLOWED: Final[Mapping[Kind, frozenset[str]]] = {
    "choice": frozenset({"=", "!=", "in"}),
    "flag": frozenset({"=", "!="}),
    "text": frozenset({"=", "!=", "~", "in"}),
    "number": frozenset({"=", "!=", "<", "<=", ">", ">=", "in"}),
    "age": frozenset({"=", "!=", "<", "<=", ">", ">="}),
}


_TokenKind = Literal["operator", "word", "quoted", "end"]
_KINDS: Final[Mapping[str, _TokenKind]] = {
    "operator": "operator",
    "double": "quoted",
    "single": "quoted",
    "word": "word",
}


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    kind: _TokenKind
    place: int


def parse(text: str) -> Expression:
    """Reads an expression; an empty one means every repository.

    Raises BadFilter, which says where and what is possible.
    """
    if len(text) > LONGEST_EXPRESSION:
        raise BadFilter(f"a filter may have {LONGEST_EXPRESSION:,} characters, this one has {len(text):,}")
    if not text.strip():
        return Every()
    reader = _Reader(list(_tokens(text)))
    found = reader.expression(0)
    reader.expect_end()
    return found


class _Reader:
    """Recursive descent over the tokens, one method for each rule of the grammar."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0

    def expression(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise BadFilter(f"a filter may be nested {DEEPEST} deep")
        parts = [self._term(depth)]
        while self._take_word("or"):
            parts.append(self._term(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def expect_end(self) -> None:
        token = self._peek()
        if token.kind != "end":
            raise _fault(token, "expected `and`, `or` or the end")

    def _term(self, depth: int) -> Expression:
        parts = [self._factor(depth)]
        while self._take_word("and"):
            parts.append(self._factor(depth))
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _factor(self, depth: int) -> Expression:
        negations = 0
        while self._take_word("not"):
            negations += 1
        if self._take_operator("("):
            found = self.expression(depth + 1)
            self._expect_operator(")")
        else:
            found = self._comparison()
        return Negated(found) if negations % 2 else found

    def _comparison(self) -> Compare:
        token = self._take()
        name = token.text.lower()
        if token.kind != "word" or name not in COLUMNS:
            raise _fault(token, f"expected one of the columns {', '.join(COLUMNS)}")
        operator = self._operator(name)
        if operator != "in":
            return Compare(name, operator, (self._value(name, operator),))
        self._expect_operator("(")
        values = [self._value(name, operator)]
        while self._take_operator(","):
            values.append(self._value(name, operator))
        self._expect_operator(")")
        return Compare(name, operator, tuple(values))

    def _operator(self, column: str) -> str:
        token = self._take()
        operator = _SAME.get(token.text, token.text.lower())
        allowed = _ALLOWED[COLUMNS[column].kind]
        if token.kind not in ("operator", "word") or operator not in allowed:
            raise _fault(token, f"{column} is compared with {', '.join(sorted(allowed))}")
        return operator

    def _value(self, column: str, operator: str) -> Value:
        token = self._take()
        if token.kind not in ("word", "quoted"):
            raise _fault(token, f"expected a value for {column}")
        if token.kind == "word" and token.text.lower() == "null":
            if operator not in ("=", "!="):
                raise _fault(token, "null is compared with = and != only")
            return None
        return _read_value(column, token)

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        if token.kind != "end":
            self._next += 1
        return token

    def _take_word(self, word: str) -> bool:
        token = self._peek()
        taken = token.kind == "word" and token.text.lower() == word
        self._next += taken
        return taken

    def _take_operator(self, operator: str) -> bool:
        token = self._peek()
        taken = token.kind == "operator" and token.text == operator
        self._next += taken
        return taken

    def _expect_operator(self, operator: str) -> None:
        if not self._take_operator(operator):
            raise _fault(self._peek(), f"expected `{operator}`")


def _tokens(text: str) -> Iterator[_Token]:
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            raise BadFilter(f"the filter cannot be read at {text[place:].strip()[:20]!r}")
        group = match.lastgroup or ""
        yield _Token(match[group], _KINDS[group], match.end())
        place = match.end()
    yield _Token("", "end", end)


def _read_value(name: str, token: _Token) -> Value:
    column, text = COLUMNS[name], token.text
    if column.kind == "text":
        return text
    if column.kind == "choice":
        if text not in column.values:
            raise _fault(token, f"{name} is one of {', '.join(column.values)}")
        return text
    if column.kind == "flag":
        if text.lower() not in ("true", "false", "yes", "no"):
            raise _fault(token, f"{name} is true or false")
        return text.lower() in ("true", "yes")
    return _number(name, token) if column.kind == "number" else _age(name, token)


def _number(name: str, token: _Token) -> int:
    text = token.text.replace("_", "")
    if not text.isdecimal() or int(text) > _LARGEST_NUMBER:
        raise _fault(token, f"{name} is a whole number")
    return int(text)


def read_age(text: str) -> timedelta:
    """`90m`, `7d`, `2w`. Raises BadFilter."""
    amount, unit = text[:-1], text[-1:].lower()
    if not amount.isdecimal() or unit not in _UNITS or int(amount) > _MOST_OF_A_UNIT:
        raise BadFilter(f"{text!r} is no age: write 90m, 12h, 7d or 2w")
    return timedelta(**{_UNITS[unit]: int(amount)})


def _age(name: str, token: _Token) -> timedelta:
    try:
        return read_age(token.text)
    except BadFilter:
        raise _fault(token, f"{name} is an age such as 12h, 7d or 2w") from None


def _fault(token: _Token, expected: str) -> BadFilter:
    found = "the end" if token.kind == "end" else repr(token.text)
    return BadFilter(f"the filter cannot be read at {found}: {expected}")

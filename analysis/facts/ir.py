"""What is kept of a Python file: names, calls, constants, their lines and nesting; no comments, docs or layout.

A typed, compact tree that serialises with msgspec. Nodes compare by identity; a line counts from 1 in the file.
"""

from typing import TypeAlias

import msgspec


class Node(msgspec.Struct, array_like=True, eq=False, gc=False):
    """Base of all nodes. `gc=False`: the trees hold no cycles, and the collector need not look at them."""


class Name(Node, tag=0):
    id: str
    line: int


class Const(Node, tag=1):
    """A constant that analysis can use; bytes, complex and long texts are kept as None with `known` false."""

    value: bool | int | float | str | None
    known: bool = True


class Attr(Node, tag=2):
    value: "Expr"
    name: str
    line: int


class Keyword(Node):
    """`name=value` in a call; `name` is None for `**value`."""

    name: str | None
    value: "Expr"


class Call(Node, tag=3):
    func: "Expr"
    args: "tuple[Expr, ...]"
    keywords: tuple[Keyword, ...]
    line: int


class Sub(Node, tag=4):
    value: "Expr"
    index: "Expr"
    line: int


class Seq(Node, tag=5):
    """A list, tuple or set display."""

    items: "tuple[Expr, ...]"


class DictDisplay(Node, tag=6):
    """`keys[i]` is None for `**values[i]`."""

    keys: "tuple[Expr | None, ...]"
    values: "tuple[Expr, ...]"


class Param(Node):
    """`kind`: `p` positional, `k` keyword-only, `*` the rest positional, `**` the rest named."""

    name: str
    default: "Expr | None"
    kind: str
    annotation: "Expr | None" = None


class Lambda(Node, tag=7):
    params: tuple[Param, ...]
    body: "Expr"
    line: int


class Cond(Node, tag=8):
    test: "Expr"
    then: "Expr"
    other: "Expr"


class BoolOp(Node, tag=9):
    op: str
    items: "tuple[Expr, ...]"


class BinOp(Node, tag=10):
    op: str
    left: "Expr"
    right: "Expr"


class UnaryOp(Node, tag=11):
    op: str
    value: "Expr"


class Compare(Node, tag=12):
    left: "Expr"
    ops: tuple[str, ...]
    rights: "tuple[Expr, ...]"


class Generator(Node):
    """One `for target in iter if ifs` of a comprehension."""

    target: "Expr"
    iter: "Expr"
    ifs: "tuple[Expr, ...]"


class Comp(Node, tag=13):
    """A comprehension; a dict's key stands in `key`."""

    key: "Expr | None"
    element: "Expr"
    generators: tuple[Generator, ...]
    line: int


class Star(Node, tag=14):
    value: "Expr"


class Walrus(Node, tag=15):
    target: Name
    value: "Expr"


class Yield(Node, tag=16):
    value: "Expr | None"
    line: int


class Text(Node, tag=17):
    """An f-string: its parts in order."""

    parts: "tuple[Expr, ...]"


class Other(Node, tag=18):
    """An expression whose form does not matter; what is evaluated inside it."""

    children: "tuple[Expr, ...]"


Expr: TypeAlias = (
    Name
    | Const
    | Attr
    | Call
    | Sub
    | Seq
    | DictDisplay
    | Lambda
    | Cond
    | BoolOp
    | BinOp
    | UnaryOp
    | Compare
    | Comp
    | Star
    | Walrus
    | Yield
    | Text
    | Other
)


class Block(Node):
    """Statements in order, and the lines they span."""

    statements: "tuple[Stmt, ...] | None"
    start: int
    end: int

    @property
    def body(self) -> "tuple[Stmt, ...]":
        return self.statements or ()


class Body(Block):
    """A function's own block. Of most functions nobody asks more than whether some word stands in them.

    So its statements are kept encoded, an eighth of what they take as objects, until the first look at `body`.
    `words` has, between spaces, each name, attribute, keyword and one-word text in it, nested functions included, once
    more as `name(` where something of that last name is called, as `.name` where an attribute or a key is set, and as
    `name[` where what an attribute holds, or holds below it, is changed in place;
    `nested` whether it defines functions, lambdas or classes of its own or declares names of another scope;
    `loops` whether it has `for` or `while` statements.
    """

    words: str
    nested: bool
    loops: bool
    encoded: bytes | None = None

    @property
    def body(self) -> "tuple[Stmt, ...]":
        if self.statements is None:
            self.statements = _STATEMENTS.decode(self.encoded or b"\x90")
            self.encoded = None
        return self.statements

    def encode(self) -> None:
        """Gives the statements up for their encoded form. Raises RecursionError, and is then as it was."""
        if self.statements is not None:
            self.encoded = _ENCODER.encode(self.statements)
            self.statements = None


CHANGING = frozenset({"append", "extend", "insert", "add", "update", "setdefault", "add_argument", "setattr"})
"""Methods that change what they are called on."""


class Assign(Node, tag=40):
    targets: tuple[Expr, ...]
    value: Expr
    line: int
    annotation: Expr | None = None


class AugAssign(Node, tag=41):
    target: Expr
    op: str
    value: Expr
    line: int


class For(Node, tag=42):
    target: Expr
    iter: Expr
    body: Block
    orelse: Block
    line: int


class While(Node, tag=43):
    test: Expr
    body: Block
    orelse: Block
    line: int


class If(Node, tag=44):
    test: Expr
    body: Block
    orelse: Block
    line: int


class WithItem(Node):
    value: Expr
    target: Expr | None


class With(Node, tag=45):
    items: tuple[WithItem, ...]
    body: Block
    line: int


class Try(Node, tag=46):
    body: Block
    handlers: tuple[Block, ...]
    orelse: Block
    final: Block
    line: int


class Return(Node, tag=47):
    value: Expr | None
    line: int


class Do(Node, tag=48):
    """An expression evaluated for its effect."""

    value: Expr
    line: int


class Import(Node, tag=49):
    """`import name as alias`: `alias` is None where there is none."""

    name: str
    alias: str | None
    line: int


class ImportFrom(Node, tag=50):
    """`from module import name as alias`; `name` may be `*`; `level` counts the leading dots."""

    module: str
    level: int
    name: str
    alias: str | None
    line: int


class FunctionDef(Node, tag=51):
    name: str
    params: tuple[Param, ...]
    body: Body
    decorators: tuple[Expr, ...]
    returns: Expr | None
    generator: bool
    line: int


class ClassDef(Node, tag=52):
    name: str
    bases: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]
    body: Block
    decorators: tuple[Expr, ...]
    line: int


class Declare(Node, tag=53):
    """`global` or `nonlocal`."""

    names: tuple[str, ...]
    line: int


class Stop(Node, tag=54):
    """`raise`, `break` or `continue`: what follows in the block does not run. `value` is what is raised."""

    kind: str
    value: Expr | None
    line: int


Stmt: TypeAlias = (
    Assign
    | AugAssign
    | For
    | While
    | If
    | With
    | Try
    | Return
    | Do
    | Import
    | ImportFrom
    | FunctionDef
    | ClassDef
    | Declare
    | Stop
)

_ENCODER = msgspec.msgpack.Encoder()
_STATEMENTS: "msgspec.msgpack.Decoder[tuple[Stmt, ...]]" = msgspec.msgpack.Decoder(tuple[Stmt, ...])

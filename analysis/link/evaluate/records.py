"""Named tuples: `Parts = namedtuple("Parts", "train test")`, then `Parts(a, b).train`."""

from collections.abc import Iterator

from analysis.link.evaluate.containers import Containers
from analysis.link.values import Argument, CallArgs, Constant, Mapping, Result, Sequence, Unknown, Value

MAKE_TUPLES = frozenset({"collections.namedtuple", "typing.NamedTuple"})

_LEFT_OUT = Argument(None, None, (Unknown("a field that is left to its default"),))


def field_names(ev: Containers, made: Result) -> tuple[str, ...]:
    """The fields of the class that such a call makes, in their order."""
    args = ev.collect(made.call, made.frame)
    written = args.named.get("field_names") or args.named.get("fields") or (*args.positional[1:2], None)[0]
    if written is None:
        return ()
    for value in ev.argument(written):
        match value:
            case Constant(value=str(text)):
                return tuple(text.replace(",", " ").split())
            case Sequence():
                return tuple(_names_in(ev, value))
            case _:
                pass
    return ()


def _names_in(ev: Containers, written: Sequence) -> Iterator[str]:
    """The names in a list of them, or of pairs of a name and a type."""
    for item in written.items:
        for value in ev.argument(item):
            first = ev.argument(value.items[0]) if isinstance(value, Sequence) and value.items else (value,)
            yield from (each.value for each in first if isinstance(each, Constant) and isinstance(each.value, str))


def named_tuple(names: tuple[str, ...], args: CallArgs) -> Sequence:
    """What calling the class makes."""
    given = dict(zip(names, args.positional, strict=False)) | args.named
    return Sequence(tuple(given.get(name, _LEFT_OUT) for name in names), args.open and not names, names)


def method_of(record: Sequence, name: str, args: CallArgs) -> Value | None:
    """What the methods give that only named tuples have."""
    if name == "_replace":
        items = zip(record.names, record.items, strict=False)
        return Sequence(tuple(args.named.get(field, item) for field, item in items), record.open, record.names)
    if name == "_asdict":
        return Mapping(tuple(zip(record.names, record.items, strict=False)))
    return None

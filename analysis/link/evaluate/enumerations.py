"""Enumerations of the standard library's kinds: a member stands for its value."""

from collections.abc import Iterable

from analysis.link.evaluate.machine import Machine
from analysis.link.scopes import Binding, ClassInfo, FunctionInfo, leaf_name
from analysis.link.values import ClassValue, Constant, Unknown, Values, union

_KINDS = frozenset({"Enum", "IntEnum", "StrEnum"})


def is_enumeration(cls: ClassInfo) -> bool:
    """Whether the class itself inherits from one of the standard library's enumerations."""
    return any(leaf_name(base) in _KINDS for base in cls.node.bases)


def members(ev: Machine, of: ClassValue, asked: Iterable[Constant] = (), *, by_value: bool = False) -> Values:
    """The members that names, or values, can mean: all objects among them where none of these is one's."""
    wanted = {each.value for each in asked}
    names = [name for name, bindings in of.cls.scope.bindings.items() if _are_members(name, bindings)]
    found = {name: ev.attribute(of, name) for name in names}
    meant = [
        values
        for name, values in found.items()
        if (name in wanted if not by_value else wanted & {v.value for v in values if isinstance(v, Constant)})
    ]
    if meant:
        return union(*meant)
    others = union((), *found.values())
    # Which number or text it is, nobody knows; and an object that is made is one of few.
    made = tuple(value for value in others if not isinstance(value, Constant))
    return made if len(made) == len(others) else (*made, Unknown("a member of an enumeration"))


def _are_members(name: str, bindings: Iterable[Binding]) -> bool:
    return not name.startswith("_") and not any(isinstance(b.node, FunctionInfo | ClassInfo) for b in bindings)

"""Lists, dicts and what is put into them: their elements, parts and changes in place."""

import msgspec

from analysis.facts import ir
from analysis.link.conditions import tests_around
from analysis.link.evaluate.library import is_data, part_of
from analysis.link.evaluate.machine import UNREADABLE
from analysis.link.evaluate.truth import Truth
from analysis.link.evaluate.turns import filled
from analysis.link.scopes import (
    Binding,
    Change,
    ClassInfo,
    FunctionInfo,
    Scope,
    descendants,
    dotted_name,
    leaf_name,
)
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    Constant,
    Frame,
    FunctionValue,
    Instance,
    Mapping,
    Member,
    Result,
    Sequence,
    Unknown,
    Value,
    Values,
    overlaid,
    union,
)

_DICT_METHODS = frozenset({"__getitem__", "copy", "get", "items", "keys", "pop", "setdefault", "update", "values"})
FEWEST_NAMED = 3
"""Names in a dict of classes that configuration files have, where they say which of its classes are made."""
MOST_CHANGED_WITHIN = 40
"""Items of a dict of which one is changed, where it cannot be read which; and that in one dict of a nest alone. What
has more is data."""
PARSED = (".parse_args", ".parse_known_args", ".parse_intermixed_args")


class Containers(Truth):
    """What containers hold."""

    def _seq(self, expr: ir.Seq, frame: Frame) -> Values:
        return (Sequence(tuple(Argument(item, frame) for item in expr.items)),)

    def _dict(self, expr: ir.DictDisplay, frame: Frame) -> Values:
        items: list[tuple[str | int | None, Argument]] = []
        is_open = False
        for key, value in zip(expr.keys, expr.values, strict=True):
            if key is None:
                merged = self.merged(self.eval(value, frame))
                whole = overlaid((*items, *merged.items), is_open or merged.open)
                items, is_open = [*whole.items], whole.open
            else:
                items.append((self.key_of(key, frame), Argument(value, frame)))
        return (Mapping(tuple(items), is_open),)

    def key_of(self, expr: ir.Expr, frame: Frame) -> str | int | None:
        """The constant that a key is; None when it is not one, or one of several."""
        keys = {
            value.value
            for value in self.eval(expr, frame)
            if isinstance(value, Constant) and isinstance(value.value, str | int)
        }
        return keys.pop() if len(keys) == 1 else None

    def merged(self, values: Values) -> Mapping:
        """Several possible dicts as one that may have any of their items."""
        mappings = [value for value in values if isinstance(value, Mapping)]
        is_open = not mappings or len(mappings) < len(values) or any(mapping.open for mapping in mappings)
        if len(mappings) < 2:
            return Mapping(mappings[0].items if mappings else (), is_open)
        keys = dict.fromkeys(key for mapping in mappings for key, _ in mapping.items if key is not None)
        unread = tuple(item for mapping in mappings for item in mapping.items if item[0] is None)
        known = ((key, union((), *(self.item(mapping, key) for mapping in mappings))) for key in keys)
        return Mapping((*unread, *((key, Argument(None, None, found)) for key, found in known)), is_open)

    def item(self, value: Mapping, key: str | int) -> Values:
        """What a dict can hold under a key; the last entry of that name wins."""
        named = [argument for known, argument in value.items if known == key]
        if named:
            return self.argument(named[-1])
        return union((), *(self.argument(argument) for known, argument in value.items if known is None))

    def as_attribute(self, value: Mapping, name: str) -> Values:
        """What a dict that takes attributes has under one; an entry whose key cannot be read hides no method."""
        if name in _DICT_METHODS and all(known != name for known, _ in value.items):
            return ()
        return self.item(value, name)

    def items_under(self, value: Mapping, index: ir.Expr, frame: Frame) -> Values:
        """What a dict can hold under a key: all that is in it, where the key cannot be read or an option says it."""
        key = self.key_of(index, frame)
        found = () if key is None else self.item(value, key)
        if key is not None and not self.is_open(index, frame):
            return found
        if key is None and (chosen := self._chosen_keys(value, index, frame)):
            return union((), *(self.item(value, each) for each in chosen))
        return union(found, *(self.argument(argument) for _, argument in self._named_somewhere(value, index, frame)))

    def _chosen_keys(self, table: Mapping, index: ir.Expr, frame: Frame) -> list[str]:
        """The keys of a dict that shipped configurations choose, where all that they choose is in it."""
        values = self.eval(index, frame)
        chosen = self.chosen(values)
        if chosen == values or not all(isinstance(value, Constant) for value in chosen):
            return []
        asked = [value.value for value in chosen if isinstance(value, Constant)]
        keys = {key for key, _ in table.items}
        return [each for each in asked if isinstance(each, str)] if keys.issuperset(asked) and None not in keys else []

    def _named_somewhere(
        self, table: Mapping, index: ir.Expr, frame: Frame
    ) -> tuple[tuple[str | int | None, Argument], ...]:
        """The entries of a dict of classes that code or configuration names, where a key cannot be read at all.

        A class that none names is made by nobody, as with registries. Where hardly any is named, the keys come from
        elsewhere, and each may be meant.
        """
        keys = [key for key, _ in table.items if isinstance(key, str)]
        if self.configs is None or table.open or not FEWEST_NAMED <= len(keys) == len(table.items):
            return table.items
        if any(isinstance(value, Constant) for value in self.eval(index, frame)):
            return table.items
        shipped = {key for key in keys if self.configs.holds(key)}
        if len(shipped) < max(FEWEST_NAMED, len(keys) // 3) or not all(self._is_class(each) for _, each in table.items):
            return table.items
        return tuple(item for item in table.items if item[0] in shipped or self.times_quoted(str(item[0])) > 1)

    def _is_class(self, argument: Argument) -> bool:
        return all(isinstance(value, ClassValue | FunctionValue) for value in self.argument(argument))

    def times_quoted(self, text: str) -> int:
        """How often code has a text. In a dict that it is a key of it stands once."""
        quoted = (f'"{text}"'.encode(), f"'{text}'".encode())
        paths = self.project.mentioning(text)
        return sum(self.project.texts[path].count(form) for path in paths for form in quoted)

    def is_open(self, index: ir.Expr, frame: Frame) -> bool:
        """Whether a key may be another than what is read: an option's value, or one of several."""
        return any(not isinstance(each, Constant) or each.settable for each in self.eval(index, frame))

    def elements(self, values: Values) -> Values:
        """What iterating over the values gives."""
        groups: list[Values] = []
        for value in values:
            match value:
                case Sequence():
                    groups.extend(self._expanded(argument) for argument in value.items)
                case Mapping():
                    groups.append(tuple(Constant(key) for key, _ in value.items if key is not None))
                case Result():
                    groups.append((value,))
                case Instance():
                    groups.append(self._iterated(value))
                case Member() if len(values) == 1 and part_of(value):
                    # What a list in a configuration holds is still of its place there: `cfg.data.test`.
                    return (value,)
                case _:
                    groups.append(UNREADABLE)
        return self._without_data(union((), *groups))

    def _without_data(self, values: Values) -> Values:
        """The values with everything that is only data put into one.

        Lists of pairs of lists of file names multiply at each step, and no question is about them.
        """
        kept = [value for value in values if not self._only_data(value)]
        return tuple(kept) if len(kept) == len(values) else (*kept, UNREADABLE[0])

    def _only_data(self, value: Value, depth: int = 0) -> bool:
        match value:
            case Unknown() | Member():
                return True
            case Result():
                return is_data(value.name) or (value.receiver is not None and self._only_data(value.receiver, depth))
            case Sequence():
                return depth < 4 and all(
                    self._only_data(item, depth + 1) for argument in value.items[:8] for item in self.argument(argument)
                )
            case _:
                return False

    def last_line(self, done: Binding | Change) -> int:
        """Where the values of a binding or a change end: within them a name has its value of before."""
        known = self._ends.get(id(done))
        if known is None:
            nodes = done.values if isinstance(done, Change) else (done.node,)
            parts = (part for node in nodes if isinstance(node, ir.Node) for part in descendants(node))
            known = self._ends[id(done)] = max((getattr(part, "line", 0) for part in parts), default=0)
        return known

    def _expanded(self, argument: Argument) -> Values:
        values = self.argument(argument)
        if not isinstance(argument.expr, ir.Star) or argument.frame is None:
            return values
        # A list in a loop can be unpacked into itself: `found = [*found, more]`.
        key = ("unpacked", argument.expr)
        return self._once(key, argument.frame.busy, lambda: self.elements(values), lambda elements: None)

    def _iterated(self, instance: Instance) -> Values:
        return self._once("iteration", instance.busy, lambda: self._iterate(instance), lambda values: None)

    def _iterate(self, instance: Instance) -> Values:
        method = self.find_method(instance.cls, "__iter__") or self.find_method(instance.cls, "__getitem__")
        if method is None:
            record = self._as_tuple(instance)
            return UNREADABLE if record is None else self.elements((record,))
        bound = FunctionValue(method, self._around(method, instance.class_frame), instance)
        values = self.call_function(bound, CallArgs(), instance.worker)
        return self.elements(values) if method.name == "__iter__" and values else values

    def part(self, values: Values, index: int) -> Values:
        """The element at a position of the values."""
        groups: list[Values] = []
        for value in values:
            value = (self._as_tuple(value) or value) if isinstance(value, Instance) else value
            match value:
                case Sequence() if not value.open and index < len(value.items):
                    groups.append(self.argument(value.items[index]))
                case Sequence():
                    groups.append(self.elements((value,)))
                case Result() | Instance():
                    groups.append((value,) if isinstance(value, Result) else self._iterated(value))
                case _:
                    groups.append(UNREADABLE)
        return self._without_data(union((), *groups))

    def _changed(self, name: str, scope: Scope, values: Values, line: int, frame: Frame) -> Values:
        """The values with what was put into them in place (`d[key] = v`, `x.append(v)`, `settings.name = v`)."""
        if scope.attributes and any(isinstance(value, Mapping | Result) for value in values):
            values = tuple(self._with_set(name, value, scope, line, frame) for value in values)
        if not scope.changes:
            return values
        changes = [
            change
            for change in scope.changes.get(name, ())
            if max(change.line, self.last_line(change)) < line and self._runs(change, frame)
        ]
        if changes:
            values = self.with_changes(values, changes, frame)
        return self._with_more_transforms(name, scope, values, line, frame)

    def _with_set(self, name: str, value: Value, scope: Scope, line: int, frame: Frame) -> Value:
        """A value with the attributes that the scope sets on the name: a dict that takes them (`EasyDict`, a
        namespace), or what a command line was parsed to (`args.phase = "test"`)."""
        match value:
            case Mapping():
                return self._with_attributes(value, *_set_on(name, scope, line), frame)
            case Result() if value.name.endswith(PARSED):
                assigned, branched = _set_on(name, scope, line)
                # Looked into when one is asked for: a model's name in the settings is no reason to make the model.
                given = tuple(
                    (key, tuple(Argument(node, frame) for node in nodes), key not in branched)
                    for key, nodes in assigned.items()
                )
                return msgspec.structs.replace(value, given=given) if given else value
            case _:
                return value

    def _with_attributes(
        self, value: Mapping, assigned: dict[str, list[ir.Expr]], branched: set[str], frame: Frame
    ) -> Mapping:
        if not assigned:
            return value
        items = tuple(item for item in value.items if item[0] not in assigned)
        for key, nodes in assigned.items():
            groups = [self.item(value, key)] if key in branched else []
            if groups or len(nodes) > 1:
                items += ((key, Argument(None, frame, union(*groups, *(self.eval(node, frame) for node in nodes)))),)
            else:
                items += ((key, Argument(nodes[0], frame)),)
        return Mapping(items, value.open)

    def _runs(self, change: Change, frame: Frame) -> bool:
        """Whether a change is not under a test that is decided against in this activation."""
        node = None if frame.function is None else frame.function.node
        if isinstance(node, ir.Lambda):
            return True
        tests = self._tests.get(id(change))
        if tests is None:
            body = frame.module.facts.body if node is None else node.body
            tests = self._tests[id(change)] = tuple(tests_around(body, change.line))
        return not tests or not self.guarded_out(tests, frame)

    def _with_more_transforms(self, name: str, scope: Scope, values: Values, line: int, frame: Frame) -> Values:
        """`pipeline.transforms.append(x)`: what a composition from outside calls as well."""
        added = [
            change.values[-1]
            for change in scope.changes.get(f"{name}.transforms", ())
            if change.line < line and change.how in {"append", "insert"} and change.values and self._runs(change, frame)
        ]
        if not added or not any(isinstance(value, Result) for value in values):
            return values
        return union(values, *(self.eval(item, frame) for item in added))

    def with_changes(self, values: Values, changes: list[Change], frame: Frame) -> Values:
        out: list[Value] = []
        for value in values:
            if isinstance(value, Mapping):
                out.append(self._changed_mapping(value, changes, frame))
            elif isinstance(value, Sequence):
                items = value.items
                # What is changed within an element leaves the elements where they are.
                own = [change for change in changes if change.inner is None]
                for change in own:
                    if change.how in {"append", "add", "item"}:
                        items += tuple(Argument(item, frame) for item in change.values)
                    elif change.how == "insert" and len(change.values) == 2:
                        items += (Argument(change.values[1], frame),)
                    elif change.how in {"extend", "+="}:
                        items += tuple(
                            Argument(None, None, (element,))
                            for item in change.values
                            for element in self.elements(self.eval(item, frame))
                        )
                out.append(Sequence(items, True) if own else value)
            elif isinstance(value, Constant) and any(change.how[-1] == "=" for change in changes):
                out.append(Unknown("changed by arithmetic"))
            else:
                out.append(value)
                for change in changes:
                    if change.how in {"+=", "|=", ">>=", "@="} and isinstance(value, Result | Instance):
                        out.extend(self.eval(change.values[0], frame))
        return union(tuple(out))

    def _changed_mapping(self, value: Mapping, changes: list[Change], frame: Frame) -> Mapping:
        items, is_open = value.items, value.open
        for change in changes:
            if change.how == "item" and change.key is not None:
                if _is_of_its_own(change, frame):
                    continue
                key = self.key_of(change.key, frame)
                entries = filled(self, change, frame) if key is None else ()
                items += entries or ((key, Argument(change.values[0], frame)),)
            elif change.how in {"update", "|="}:
                for other in change.values:
                    given = self.eval(other, frame)
                    merged = self.merged(given)
                    if any(isinstance(each, Unknown | Member | Result) for each in given):
                        items += self._shipped_over(Mapping(items))
                    items, is_open = items + merged.items, is_open or merged.open
            elif change.how == "setdefault" and len(change.values) == 2:
                items += ((self.key_of(change.values[0], frame), Argument(change.values[1], frame)),)
            elif change.inner is not None and change.key is not None:
                items = self._changed_within(Mapping(items), change.key, change.inner, frame)
        return Mapping(items, is_open)

    def _changed_within(
        self, table: Mapping, at: ir.Expr, change: Change, frame: Frame
    ) -> tuple[tuple[str | int | None, Argument], ...]:
        """The items of a dict with what one of them, a container itself, was changed by: `table[key]["size"] = 4`."""
        key = self.key_of(at, frame)
        if key is not None:
            held = self.item(table, key)
            changed = self.with_changes(held, [change], frame)
            return table.items if changed == held else (*table.items, (key, Argument(None, None, changed)))
        if change.inner is not None or len(table.items) > MOST_CHANGED_WITHIN:
            return table.items
        items: list[tuple[str | int | None, Argument]] = []
        for known, argument in table.items:
            held = self.argument(argument)
            changed = self.with_changes(held, [change], frame)
            # Which of them it is cannot be read: each may be as it was.
            items.append((known, argument if changed == held else Argument(None, None, union(held, changed))))
        return tuple(items)

    def _shipped_over(self, table: Mapping) -> tuple[tuple[str, Argument], ...]:
        """What shipped configurations may set instead of a dict's own items, where it is updated with what cannot be
        read: `defaults.update(yaml.safe_load(file))`."""
        if self.configs is None or not self.configs.any:
            return ()
        over: list[tuple[str, Argument]] = []
        for key in dict.fromkeys(key for key, _ in table.items if isinstance(key, str)):
            own = self.item(table, key)
            known = [value.value for value in self.constants(own)]
            shipped = self.configs.values(key)
            if any(not isinstance(value, Constant) or value.value not in known for value in shipped):
                over.append((key, Argument(None, None, union(own, shipped))))
        return tuple(over)

    def _dict_method(self, owner: Mapping, name: str, call: ir.Call, frame: Frame) -> Values:
        keys = tuple(Constant(key) for key, _ in owner.items if key is not None)
        if name in {"get", "pop", "setdefault", "__getitem__"} and call.args:
            key = self.key_of(call.args[0], frame)
            found = self.items_under(owner, call.args[0], frame)
            if len(call.args) > 1 and (owner.open or not found or key is None):
                found = union(found, self.eval(call.args[1], frame))
            if not found and owner.open and isinstance(key, str):
                # What else is in there cannot be read, but it has a name.
                found = (Unknown("not in the dict", key), Constant(None, "default"))
            return found or (Constant(None, "default"),)
        if name == "values":
            return (Sequence(tuple(argument for _, argument in owner.items), owner.open),)
        if name == "keys":
            return (Sequence((Argument(None, None, keys),), owner.open),)
        if name == "items":
            everything = union((), *(self.argument(argument) for _, argument in owner.items))
            pair = Sequence((Argument(None, None, keys or UNREADABLE), Argument(None, None, everything)))
            return (Sequence((Argument(None, None, (pair,)),), owner.open),)
        if name == "copy":
            return (owner,)
        return UNREADABLE


def _is_of_its_own(change: Change, frame: Frame) -> bool:
    """Whether a dict's item is set under a key that it has: `for key in table: table[key] = read(table[key])`."""
    if not isinstance(change.key, ir.Name):
        return False
    scope = frame.module.scope if frame.function is None else frame.function.scope
    loops = [
        one for one in scope.bindings.get(change.key.id, ()) if one.iterated and one.line <= change.line <= one.end
    ]
    return bool(loops) and all(change in scope.changes.get(_keys_of(one), ()) for one in loops)


def _keys_of(loop: Binding) -> str:
    """The dict whose keys a loop's variable has: `for key in table`, `for key, value in list(table.items())`."""
    over = loop.node
    while isinstance(over, ir.Call) and over.args and leaf_name(over.func) in {"list", "sorted", "tuple"}:
        over = over.args[0]
    match over:
        case ir.Call(func=ir.Attr(name="items", value=table)) if loop.path == (0,):
            return dotted_name(table)
        case ir.Call(func=ir.Attr(name="keys", value=table)) | (ir.Name() | ir.Attr() as table) if not loop.path:
            return dotted_name(table)
        case _:
            return ""


def _set_on(name: str, scope: Scope, line: int) -> tuple[dict[str, list[ir.Expr]], set[str]]:
    """What a scope sets on a name's attributes before a line, and those that it may set, and may leave."""
    assigned: dict[str, list[ir.Expr]] = {}
    branched: set[str] = set()
    for assign in scope.attributes:
        binding, target = assign.binding, assign.target
        if not isinstance(target, ir.Name) or target.id != name or binding.line >= line or assign.op is not None:
            continue
        node = binding.node
        if isinstance(node, ir.Import | ir.ImportFrom | FunctionInfo | ClassInfo) or binding.path or binding.iterated:
            continue
        if not binding.guards or binding.start <= line <= binding.end:
            assigned[assign.name] = []
            branched.discard(assign.name)
        elif assign.name not in assigned:
            branched.add(assign.name)
        assigned.setdefault(assign.name, []).append(node)
    return assigned, branched

"""Code in texts: `eval(name)`, `exec(f"from {module} import {name}")`."""

import re

from analysis.catalog.draws import KEPT_LIBRARIES
from analysis.facts import ir
from analysis.facts.expression import read_expression
from analysis.link.configs import MOST_TEXTS
from analysis.link.evaluate.access import Access
from analysis.link.evaluate.instantiated import sections
from analysis.link.evaluate.machine import NOT_DEFINED, UNREADABLE
from analysis.link.evaluate.put_together import BLANK, as_far_as_known, ends_of, named_like
from analysis.link.scopes import leaf_name
from analysis.link.values import (
    MOST_VALUES,
    ClassValue,
    Constant,
    External,
    Frame,
    FunctionValue,
    Member,
    ModuleValue,
    PackageValue,
    Result,
    Unknown,
    Values,
    union,
)

ANY = "?"
"""Stands for a name that cannot be read."""
_CALLED = re.compile(r"\b([A-Za-z_]\w{0,80})\(")
LONGEST_TEXT = 4000
"""Of a text that is evaluated, the part that is looked at."""


def evaluate_text(ev: Access, call: ir.Call, frame: Frame) -> Values:
    """What the code of a text gives, as far as the text is known: all of it, or how it begins and ends."""
    if not call.args:
        return UNREADABLE
    asked = ev.eval(call.args[0], frame)
    known = [v.value for v in ev.constants(asked) if isinstance(v.value, str)]
    known += _configured_texts(ev, call.args[0], asked, frame)
    if known:
        groups: list[Values] = []
        for text in known:
            if "(" in text:
                groups.append(_value_of(text, ev, call, frame) or _made_in(text, ev, frame))
                continue
            first, *rest = text.strip().split(".")
            values = ev.lookup(first, frame)
            if any(isinstance(value, Unknown) and value.reason == NOT_DEFINED for value in values):
                values = _executed(ev, first, frame) or values
            for name in rest:
                values = union((), *(ev.attribute(value, name) for value in values))
            groups.append(values)
        found = union((), *groups)
        # Of a sum of which one part alone can be read, that part is known.
        unread = all(isinstance(value, Unknown) for value in found)
        return (unread and named_like(ev, ModuleValue(frame.module), ends_of(call.args[0], ev, frame))) or found
    text = as_far_as_known(call.args[0], ev, frame)
    first, dot, _ = text.partition(BLANK)[0].partition(".")
    if dot and first.isidentifier():
        groups = []
        for value in ev.lookup(first, frame):
            if isinstance(value, ModuleValue):
                groups.append(ev.all_classes(value.module))
            elif isinstance(value, PackageValue):
                init = ev.project.init_of(value.folder)
                groups.append(() if init is None else ev.all_classes(init))
                for path in ev.project.modules_inside(value.folder):
                    module = ev.project.module(path)
                    if module is not None and init is None:
                        groups.append(ev.all_classes(module))
        return union((), *groups) or _of_any(text, call, frame) or UNREADABLE
    made = _of_imported_augmenters(ev, call, frame) or _of_each_import(ev, text.rpartition(BLANK)[2], frame)
    made = made or named_like(ev, ModuleValue(frame.module), ends_of(call.args[0], ev, frame))
    return made or union(_of_any(text, call, frame), ev.all_classes(frame.module)) or UNREADABLE


def _executed(ev: Access, name: str, frame: Frame) -> Values:
    """A class that a file imports by a text: `exec("from " + name + " import " + name)`."""
    if frame.module.path not in ev.project.mentioning("exec"):
        return ()
    found = [cls for module in ev.project.modules_mentioning(name) for cls in module.classes if cls.name == name]
    return tuple(ClassValue(cls, ev.definition_frame(cls)) for cls in found[:MOST_VALUES])


def _of_any(text: str, call: ir.Call, frame: Frame) -> Values:
    """What a text gives that calls what has a name that is put in: `"{}(root, transform=crop)".format(kind)`."""
    expr = read_expression(text, call.line) if BLANK + "(" in text and len(text) <= LONGEST_TEXT else None
    return (Result(ANY, expr, frame),) if isinstance(expr, ir.Call) and leaf_name(expr.func) == BLANK else ()


def _of_imported_augmenters(ev: Access, call: ir.Call, frame: Frame) -> Values:
    """A text that is too long to be kept makes an augmenter where a function imports them by name."""
    if frame.function is None:
        return ()
    for name, bindings in frame.function.scope.bindings.items():
        if name[:1].isupper() and any(isinstance(binding.node, ir.ImportFrom) for binding in bindings):
            for value in ev.lookup(name, frame):
                if isinstance(value, External) and value.name.startswith(KEPT_LIBRARIES):
                    return (Result(value.name, call, frame),)
    return ()


def _configured_texts(ev: Access, expr: ir.Expr, asked: Values, frame: Frame) -> list[str]:
    """What configuration has for what an unreadable setting is called: `eval(args.transforms)`."""
    names = [v.name.rpartition(".")[2] for v in asked if isinstance(v, Unknown | Member) and v.name]
    if not any(isinstance(value, Constant) for value in asked):
        names = list(dict.fromkeys(names + sections(ev, expr, frame)))
    texts = [text for name in names for text in ev.configs.all_texts(name)] if ev.configs is not None else []
    if ev.options is not None:
        found = (each.value for name in names for each in ev.constants(ev.options.setting(name, frame.module.path)))
        texts += [text for text in found if isinstance(text, str)]
    return [text for text in dict.fromkeys(texts) if "(" in text][:MOST_TEXTS]


def _value_of(text: str, ev: Access, call: ir.Call, frame: Frame) -> Values:
    """What a text of code gives where it is evaluated; nothing for what is no code, or gives nothing that is known."""
    asked = (text[:LONGEST_TEXT], call.line)
    if asked not in ev.texts:
        ev.texts[asked] = read_expression(*asked)
    expr = ev.texts[asked]
    values = () if expr is None else ev.eval(expr, frame)
    return () if all(isinstance(value, Unknown) for value in values) else values


def _made_in(text: str, ev: Access, frame: Frame) -> Values:
    """Any object that a text makes: of `Compose([Crop(4), Flip()])` all three."""
    found = (ev.lookup(name, frame) for name in dict.fromkeys(_CALLED.findall(text[:LONGEST_TEXT])))
    classes = [value for value in union((), *found) if isinstance(value, ClassValue)]
    return tuple(ev.loose_instance(value.cls) for value in classes)


def _of_each_import(ev: Access, text: str, frame: Frame) -> Values:
    """`eval(f"{name}.Set")`: what the modules that a file imports have under the names behind the first dot."""
    names = text.split(".")[1:] if text.startswith(".") else []
    groups: list[Values] = []
    for name, bindings in frame.module.scope.bindings.items():
        if not names or not any(isinstance(binding.node, ir.Import | ir.ImportFrom) for binding in bindings):
            continue
        values: Values = tuple(v for v in ev.lookup(name, frame) if isinstance(v, ModuleValue | PackageValue))
        for inner in names:
            values = union((), *(ev.attribute(value, inner) for value in values))
        groups.append(tuple(v for v in values if isinstance(v, ClassValue | FunctionValue)))
    return union((), *groups)

"""Defaults that a user can change: command-line options and configuration, by name."""

import re
from collections.abc import Callable, Iterator, Sequence
from posixpath import commonprefix

from analysis.catalog.fields import FIELD_LEAVES
from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.scopes import ClassInfo, FunctionInfo, Module, Owner, descendants, is_own, leaf_name
from analysis.link.values import Constant, Frame, Values

_DECLARES = (
    "add", "add_arg", "add_argument", "add_flag", "add_option", "argument", "option", "Option", "set_defaults",
    "DEFINE_bool", "DEFINE_boolean", "DEFINE_enum", "DEFINE_float", "DEFINE_integer", "DEFINE_list", "DEFINE_string",
)  # fmt: skip

_DICTS = frozenset({
    "dict", "Dict", "AttrDict", "Box", "ConfigDict", "DotDict", "EasyDict", "edict", "HParams", "Munch", "Namespace",
    "SimpleNamespace",
})  # fmt: skip
"""What keeps the keywords that it is made with, under their names."""


MOST_FILES = 200
"""Files that say what a name is by default; of more the first ones stand for all."""

_DECLARING = (b"add_arg", b"ption(", b".add(", b"add_flag(", b"argument(", b"DEFINE_", b"set_defaults")
"""What the calls that declare options have in their names."""
_UNDER_ANOTHER_NAME = re.compile(
    rb"^[ \t]*(\w+)[ \t]*=[ \t]*[\w.]{1,80}\.add_arg(?:ument)?[ \t]*(?:[#;\r]|$)", re.MULTILINE
)
"""`arg = parser.add_argument`"""
_MERGES = re.compile(
    rb"set_defaults\(\s{0,40}\*\*|__dict__\.update\(|__dict__\[|=[ \t]{0,40}\w{1,40}\.__dict__[ \t]{0,40}$"
    rb"|\bvars\(\w{1,40}\)(?:\.update\(|\[)|\b(?:configargparse|jsonargparse)\b"
    rb"|\bsetattr\(\s{0,40}(?:args|opts?|options|config|cfg|params|FLAGS)\s{0,40},\s{0,40}[a-z]\w{0,40}\s{0,40},",
    re.MULTILINE,
)
"""What a program says that puts the keys of a file over its parsed options."""
_READS = (b"yaml", b"json", b"toml", b"configargparse")
_GIVEN = re.compile(rb"[\\\"'\]]*\s*[:=]")
_CALL = 800
"""Bytes of such a call before the option's name: a help text may come first."""


class Options:
    """Looks up what an option or a setting is by default. Files are read when they mention its name."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self._options: dict[tuple[str, str], Values] = {}
        self._settings: dict[tuple[str, str], Values] = {}
        self._saying: dict[tuple[str, Callable[[str, bytes], bool]], list[str]] = {}
        self._set_in: dict[tuple[str, str], list[tuple[Constant, bool]]] = {}
        self._declaring: dict[str, tuple[bytes, ...]] = {}
        self._declared_in: dict[str, dict[str, list[tuple[ir.Call, Owner]]]] = {}
        self._dicts: dict[str, dict[str, list[Constant]]] = {}
        self._merging: dict[str, bool] = {}

    def option(self, name: str, near: str) -> Values:
        """The defaults of the command-line options with this destination; those of the nearest file."""
        key = (name, near)
        found = self._options.get(key)
        if found is None:
            files = self._mentioning(name, self._declares)
            found = ()
            for together in _nearest_first(files, near):
                found = self._declared_by(together, name)
                if found:
                    break
            self._options[key] = found
        return found

    def _declared_by(self, files: list[str], name: str) -> Values:
        """What files declare as the default of an option, and what configurations put over it."""
        declared = [(path, self._of_option(path, name)) for path in files]
        shipped = [each for path, found in declared if found and self._merges(path) for each in self._shipped(name)]
        return tuple(dict.fromkeys((*(each for _, found in declared for each in found), *shipped)))

    def _of_option(self, path: str, name: str) -> list[Constant]:
        """What a file declares as the default of an option."""
        module = self.ev.project.module(path)
        return [] if module is None else self._declared(module, name)

    def _merges(self, path: str) -> bool:
        """Whether a file that declares options puts a configuration file's over them."""
        found = self._merging.get(path)
        if found is None:
            text = self.ev.project.texts[path]
            found = any(word in text for word in _READS) and _MERGES.search(text) is not None
            self._merging[path] = found
        return found

    def _shipped(self, name: str) -> list[Constant]:
        """The numbers that configuration files have under a name."""
        found = () if self.ev.configs is None else self.ev.configs.values(name)
        return [
            each
            for each in found
            if isinstance(each, Constant) and isinstance(each.value, int | float) and not isinstance(each.value, bool)
        ]

    def setting(self, name: str, near: str) -> Values:
        """The values that Python configuration gives a name: `CFG.NAME = 4`, `name = 4` in a config, `dict(name=4)`.

        What is set under a test, as in `if args.debug: CFG.NAME = 0`, stands beside the others and hides none.
        """
        key = (name, near)
        found = self._settings.get(key)
        if found is None:
            files = self._mentioning(name, self._assigns)
            groups = (self._set_nearby(files, name, near, tested) for tested in (False, True))
            found = self._settings[key] = tuple(dict.fromkeys(each for group in groups for each in group))
        return found

    def _set_nearby(self, files: list[str], name: str, near: str, tested: bool) -> list[Constant]:
        """What the nearest files set a name to, under a test or not."""
        for together in _nearest_first(files, near):
            found = [each for path in together for each, under in self._of_setting(path, name) if under is tested]
            if found:
                return found
        return []

    def _of_setting(self, path: str, name: str) -> list[tuple[Constant, bool]]:
        """What a file sets a name to, each with whether that is done under a test."""
        key = (path, name)
        known = self._set_in.get(key)
        if known is None:
            module = self.ev.project.module(path)
            known = self._set_in[key] = [] if module is None else self._configured(module, name)
        return known

    def _mentioning(self, name: str, may_say: Callable[[str, bytes], bool]) -> list[str]:
        """The files that mention a name, without those whose bytes show that they do not say what it is."""
        key = (name, may_say)
        found = self._saying.get(key)
        if found is None:
            project = self.ev.project
            paths = list(project.mentioning(name))
            if "_" in name:
                paths += [path for path in project.containing(name.replace("_", "-")) if path not in paths]
            word = name.encode()
            found = self._saying[key] = [path for path in paths if may_say(path, word)][:MOST_FILES]
        return found

    def _declares(self, path: str, name: bytes) -> bool:
        """Whether a file may declare an option: its name stands soon after what declares one."""
        text = self.ev.project.texts[path]
        needles = self._declaring.get(path)
        if needles is None:
            needles = tuple(needle for needle in _DECLARING if needle in text)
            needles = self._declaring[path] = needles + tuple(f"{name}(".encode() for name in self._other_names(path))
        return bool(needles) and (
            b"set_defaults" in text
            or any(
                any(needle in text[max(0, at - _CALL) : at] for needle in needles)
                for spelt in {name, name.replace(b"_", b"-")}
                for start in (b'"', b"'", b"-")
                for at in _places(text, start + spelt)
            )
        )

    def _other_names(self, path: str) -> list[str]:
        """Names that a file gives to the method that declares options."""
        text = self.ev.project.texts[path]
        if text.count(b".add_arg") == text.count(b".add_argument(") + text.count(b".add_arg("):
            # It is called wherever it is named, and the pattern is a dear one.
            return []
        return [name.decode() for name in dict.fromkeys(_UNDER_ANOTHER_NAME.findall(text))]

    def _assigns(self, path: str, name: bytes) -> bool:
        """Whether a file may give a name a value: as a variable, an attribute, a key or a keyword."""
        text = self.ev.project.texts[path]
        return any(
            _GIVEN.match(text, at + len(name)) is not None and not _within_name(text, at) for at in _places(text, name)
        )

    def _declared(self, module: Module, name: str) -> list[Constant]:
        out: list[Constant] = []
        for call, owner in self._declarations(module).get(name, ()):
            frame = self.ev.owner_frame(owner, module)
            if leaf_name(call.func) == "set_defaults":
                for keyword in call.keywords:
                    if keyword.name == name:
                        out.extend(self._constants(keyword.value, frame, module, call.line))
            else:
                out.extend(self._default_of(call, frame, module))
        return out

    def _declarations(self, module: Module) -> dict[str, list[tuple[ir.Call, Owner]]]:
        """A file's calls that declare options, or set defaults of some, by the options' names."""
        found = self._declared_in.get(module.path)
        if found is None:
            found = self._declared_in[module.path] = {}
            for declare in (*_DECLARES, *self._other_names(module.path)):
                for call, owner in module.calls_by_name.get(declare, ()):
                    named = {keyword.name or "" for keyword in call.keywords}
                    for name in sorted(named) if declare == "set_defaults" else [_destination(call)]:
                        found.setdefault(name, []).append((call, owner))
        return found

    def _default_of(self, call: ir.Call, frame: Frame, module: Module) -> list[Constant]:
        named = {keyword.name: keyword.value for keyword in call.keywords}
        place = module.place(call.line)
        if "default" in named:
            return self._constants(named["default"], frame, module, call.line)
        action = named.get("action")
        if isinstance(action, ir.Const):
            flags = {"store_true": False, "store_false": True, "count": 0}
            if action.value in flags:
                return [Constant(flags[action.value], "default", True, place)]
        if isinstance(named.get("is_flag"), ir.Const):
            return [Constant(False, "default", True, place)]
        if isinstance(required := named.get("required"), ir.Const) and required.value is True:
            # Whoever starts the program says it: there is no default.
            return []
        if leaf_name(call.func).startswith("DEFINE_") and len(call.args) > 1:
            return self._constants(call.args[1], frame, module, call.line)
        return [Constant(None, "default", True, place)]

    def _constants(self, expr: ir.Expr, frame: Frame, module: Module, line: int) -> list[Constant]:
        out = []
        for value in self.ev.eval(expr, frame):
            if isinstance(value, Constant):
                out.append(Constant(value.value, "default", True, module.place(line)))
        return out

    def _configured(self, module: Module, name: str) -> list[tuple[Constant, bool]]:
        """What a module sets a name to, each with whether that is done under a test."""
        out: list[tuple[Constant, bool]] = []
        for scope, owner in module.bodies_setting(name):
            frame = self.ev.owner_frame(owner, module)
            for assign in scope.attributes:
                own = is_own(assign.target, owner)
                if (
                    assign.name == name
                    and isinstance(assign.binding.node, ir.Const | ir.Name)
                    and (not own or (isinstance(owner, FunctionInfo) and _is_settings(owner.qualname)))
                ):
                    tested = bool(assign.binding.guards)
                    made = self._constants(assign.binding.node, frame, module, assign.binding.line)
                    out.extend((constant, tested) for constant in made)
            if owner is None or isinstance(owner, ClassInfo):
                for binding in scope.bindings.get(name, ()):
                    node = _default_of_field(binding.node)
                    if isinstance(node, ir.Const) and (isinstance(owner, ClassInfo) or _is_settings(module.path)):
                        out.extend((made, False) for made in self._constants(node, frame, module, binding.line))
            for changes in scope.changes.values():
                for change in changes:
                    if change.how == "item" and isinstance(change.key, ir.Const) and change.key.value == name:
                        made = self._constants(change.values[0], frame, module, change.line)
                        out.extend((constant, False) for constant in made)
        out.extend((constant, False) for constant in self._in_dicts(module, name))
        return out

    def _in_dicts(self, module: Module, name: str) -> list[Constant]:
        items = self._dicts.get(module.path)
        if items is None:
            items = self._dicts[module.path] = _items(module)
        return items.get(name, [])


def _places(source: bytes, text: bytes) -> Iterator[int]:
    at = source.find(text)
    while at >= 0:
        yield at
        at = source.find(text, at + len(text))


def _within_name(text: bytes, end: int) -> bool:
    """Whether what begins at `end` goes on with a name that begins before it."""
    before = text[end - 1 : end]
    return before.isalnum() or before == b"_"


def _items(module: Module) -> dict[str, list[Constant]]:
    """The constants in a file's dicts by their keys."""
    out: dict[str, list[Constant]] = {}

    def add(name: object, value: ir.Const, line: int) -> None:
        if isinstance(name, str):
            out.setdefault(name, []).append(Constant(value.value, "default", True, module.place(line)))

    line = 1
    for node in descendants(module.facts.body):
        line = getattr(node, "line", line)
        if isinstance(node, ir.DictDisplay):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ir.Const) and isinstance(value, ir.Const):
                    add(key.value, value, line)
        elif isinstance(node, ir.Call) and leaf_name(node.func) in _DICTS:
            for keyword in node.keywords:
                if isinstance(keyword.value, ir.Const):
                    add(keyword.name, keyword.value, node.line)
    return out


def _destination(call: ir.Call) -> str:
    for keyword in call.keywords:
        if keyword.name == "dest" and isinstance(keyword.value, ir.Const):
            return str(keyword.value.value)
    names = [arg.value for arg in call.args if isinstance(arg, ir.Const) and isinstance(arg.value, str)]
    if leaf_name(call.func).startswith("DEFINE_"):
        return names[0] if names else ""
    long = [name for name in names if name.startswith("--")] or [n for n in names if " " not in n]
    return long[0].lstrip("-").split("/")[0].replace("-", "_") if long else ""


def _default_of_field(node: object) -> object:
    """The default within a call that declares a field, `field(default=4)`; of anything else itself."""
    if not isinstance(node, ir.Call) or leaf_name(node.func) not in FIELD_LEAVES:
        return node
    return next((keyword.value for keyword in node.keywords if keyword.name == "default"), (*node.args, node)[0])


def _is_settings(name: str) -> bool:
    lowered = name.lower()
    return any(
        word in lowered for word in ("config", "cfg", "setting", "option", "param", "args", "default", "constant")
    )


def _nearest_first(files: Sequence[str], near: str) -> Iterator[list[str]]:
    """The file itself, where it is among them, then those whose folders share the longest way with its, and so on."""
    if near in files:
        yield [near]
    here = near.split("/")[:-1]
    by_length: dict[int, list[str]] = {}
    for path in files:
        shared = commonprefix([here, path.split("/")[:-1]])
        by_length.setdefault(len(shared), []).append(path)
    for length in sorted(by_length, reverse=True):
        yield by_length[length]

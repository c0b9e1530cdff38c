"""Datasets for loaders whose own cannot be read: those that the repository shows and no readable loader takes.

Registries, class paths in configuration and names put together at run time end here. A candidate is a dataset class of
the repository that something outside its own definition mentions; among many projects the nearer ones are preferred.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from analysis.catalog.loaders import CALLED_FOR_EACH, DATASET_BASES, LIBRARY_DATASETS, WRAPPERS
from analysis.link.evaluate import Evaluator
from analysis.link.evaluate.containers import PARSED
from analysis.link.evaluate.machine import NO_SUCH_FILE, NOT_DEFINED, NOT_IN_MODULE, NOT_IN_PACKAGE
from analysis.link.loaders import Loader
from analysis.link.reach.inside import inside
from analysis.link.scopes import ClassInfo, Module, leaf_name
from analysis.link.values import (
    Argument,
    ClassValue,
    Constant,
    FunctionValue,
    Instance,
    Member,
    Result,
    Unknown,
    Value,
    Values,
    name_of,
)
from analysis.link.values import Sequence as Items

MOST_CANDIDATES = 60
"""For one loader, the nearest of them."""
MOST_DATASETS = 240
MOST_WRAPPED = 5
"""Wrappers and lists around one another."""
_LOST = frozenset({NOT_DEFINED, NOT_IN_MODULE, NOT_IN_PACKAGE, NO_SUCH_FILE})
_EVALUATED = ("infer", "predict", "test")
_OTHER_FRAMEWORKS = ("chainer.", "jittor.", "keras.", "mindspore.", "mxnet.", "oneflow.", "paddle.", "tensorflow.")
"""Their datasets are no torch loader's."""
_BY_WHOLE_NAME = "instantiate"
_OF_MODELS = ("forward", "training_step")
_OF_DATASETS = ("__getitem__", "__iter__")
_HANDED_ON = rb"(?:[\"']\s{0,9}:|(?<![=!<>])=)\s{0,9}(?:\w{1,60}\.){0,3}%b[ \t]{0,9}[,)}\r\n]"
"""Where a class stands as a value: in a dict, as a keyword's, under another name."""
_COLLATES = ("collate_fn", "collater", "collate", "collate_batch")


class DatasetFallback:
    """Finds dataset classes by what they are, when no loader can be followed to them."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self._candidates: list[ClassInfo] | None = None

    def for_loader(self, loader: Loader, taken: Iterable[ClassInfo]) -> list[Value]:
        """Objects of the classes that an unreadable dataset can be of."""
        # A file that calls a class which it does not import means one of that name. So does one that imports a class
        # from where it is no more; if no other file has it either, the program stops there and trains on nothing else.
        datasets = [value for value in loader.datasets if isinstance(value, Unknown)]
        gone = 0 < len(datasets) == len(loader.datasets) and {NOT_IN_MODULE} == {value.reason for value in datasets}
        called = {value.name.rpartition(".")[2] for value in datasets if value.reason in _LOST}
        meant = [cls for cls in self.candidates() if cls.name in called]
        if meant or gone:
            return [self.ev.loose_instance(cls) for cls in meant]
        known = set(map(id, taken))
        free = [cls for cls in self.candidates() if id(cls) not in known]
        free = _nearest(free, loader.module, self.ev.project.top)
        if not loader.train:
            free = [cls for cls in free if any(word in cls.name.lower() for word in _EVALUATED)] or free
        return [self.ev.loose_instance(cls) for cls in free[:MOST_CANDIDATES]]

    def collates(self, loader: Loader, candidates: Sequence[Value]) -> Values:
        """The collate functions of an unreadable loader: its own, or what its datasets have under the usual names."""
        readable = tuple(value for value in loader.collate if not isinstance(value, Unknown | Member))
        if readable or not loader.collate:
            return readable
        found: list[Value] = []
        for candidate in candidates:
            if isinstance(candidate, Instance):
                for name in _COLLATES:
                    method = self.ev.find_method(candidate.cls, name)
                    if method is not None:
                        found.append(FunctionValue(method, self.ev.definition_frame(method), candidate))
        return tuple(found)

    def candidates(self) -> list[ClassInfo]:
        """The live dataset classes of the repository."""
        if self._candidates is None:
            found: list[ClassInfo] = []
            project = self.ev.project
            for module in project.modules_mentioning("__getitem__") + project.modules_mentioning("__iter__"):
                found.extend(cls for cls in module.classes if cls not in found and self._is_dataset(cls))
            live = [cls for cls in self._with_derived(found) if self._is_live(cls)]
            self._candidates = [cls for cls in live if not self._is_only_base(cls, live)][:MOST_DATASETS]
        return self._candidates

    def _with_derived(self, found: list[ClassInfo]) -> list[ClassInfo]:
        """Dataset classes, and those derived from them that have what makes a dataset from their base alone."""
        known = {id(cls) for cls in found}
        alike: dict[int, ClassInfo] = {}
        # What is found is gone through as it grows: a derived class has its own.
        for base in found:
            for module in self.ev.project.modules_mentioning(base.name) if len(found) < MOST_CANDIDATES else ():
                heirs = [cls for cls in module.classes if id(cls) not in known and self._is_heir(cls, base)]
                for cls in heirs:
                    if self._does_otherwise(cls):
                        known.add(id(cls))
                        found.append(cls)
                    elif id(base) not in alike and self._is_live(cls):
                        alike[id(base)] = cls
        # A base of which others do otherwise stands for none of its own: one that does as it does is in its place.
        for base in [each for each in found if id(each) in alike]:
            if any(base in self.ev.mro(other) for other in found if other is not base):
                found.append(alike[id(base)])
        return found

    def _is_heir(self, cls: ClassInfo, base: ClassInfo) -> bool:
        """Whether a class is a dataset that inherits from another directly."""
        named = any(leaf_name(expr) == base.name for expr in cls.node.bases)
        return named and base in self.ev.mro(cls) and self._is_dataset(cls)

    def _does_otherwise(self, cls: ClassInfo) -> bool:
        """Whether a class has a method of its own that its bases call: one that only makes itself otherwise draws
        where its base does."""
        methods = [method for each in self.ev.mro(cls) if each is not cls for method in each.methods.values()]
        return any(method.calls(name) for name in cls.methods if name != "__init__" for method in methods)

    def _is_dataset(self, cls: ClassInfo) -> bool:
        if "Sampler" in cls.name or ("Loader" in cls.name and "__getitem__" not in cls.methods):
            return False
        bases = self.ev.external_bases(cls)
        if any(base.startswith(_OTHER_FRAMEWORKS) for base in bases):
            return False
        if any(base in DATASET_BASES or base.endswith("Dataset") for base in bases):
            return True
        return not bases and all(self.ev.find_method(cls, name) is not None for name in ("__getitem__", "__len__"))

    def _is_live(self, cls: ClassInfo) -> bool:
        """Whether anything names the class but its own definition and the classes derived from it."""
        if cls.node.decorators or cls.owner is not None or self._imports_by_name() or self._is_entered(cls):
            return True
        for path in self.ev.project.mentioning(cls.name):
            if path != cls.module.path:
                return True
        return bool(cls.module.calls_by_name.get(cls.name)) or self._is_described(cls)

    def _is_described(self, cls: ClassInfo) -> bool:
        """Whether configurations may name the class: hydra makes what stands there by its whole name.

        Shipped ones that name something of its module show what is made of it; others may name what they do not.
        """
        configs = self.ev.configs
        if not self.ev.project.mentioning(_BY_WHOLE_NAME):
            return False
        stem = cls.module.path.rpartition("/")[2].removesuffix(".py")
        return configs is None or not configs.holds(f"{stem}.") or configs.holds(cls.name)

    def _is_entered(self, cls: ClassInfo) -> bool:
        """Whether a class is entered somewhere as it is defined: by a base's `__init_subclass__`, or its metaclass."""
        family = self.ev.mro(cls)
        if any("__init_subclass__" in base.methods for base in family[1:]):
            return True
        made_by = [
            (keyword.value, each) for each in family for keyword in each.node.keywords if keyword.name == "metaclass"
        ]
        return any(
            isinstance(value, ClassValue)
            for kind, each in made_by
            for value in self.ev.eval(kind, self.ev.module_frame(each.module))
        )

    def _imports_by_name(self) -> bool:
        """Whether modules are imported by names put together at run time, so that no class need be named."""
        return any(
            self.ev.project.mentioning(name)
            for name in (
                "import_module",
                "__subclasses__",
                "__init_subclass__",
                "iter_modules",
                "load_source",
                "spec_from_file_location",
            )
        )

    def _is_only_base(self, cls: ClassInfo, found: Sequence[ClassInfo]) -> bool:
        """Whether nothing is made of a class, but of those derived from it."""
        derived = [other for other in found if other is not cls and cls in self.ev.mro(other)]
        return bool(derived) and not self._is_made(cls)

    def _is_made(self, cls: ClassInfo) -> bool:
        """Whether something calls a class by its name, or hands it to who may."""
        project = self.ev.project
        handed_on = re.compile(_HANDED_ON % re.escape(cls.name.encode()))
        texts = (project.texts[path] for path in project.mentioning(cls.name))
        return any(module.calls_by_name.get(cls.name) for module in project.modules_mentioning(cls.name)) or any(
            not _in_remark(text, match.start()) for text in texts for match in handed_on.finditer(text)
        )


def _in_remark(text: bytes, place: int) -> bool:
    """Whether what stands at a place of a source stands behind a `#` in its line."""
    return b"#" in text[text.rfind(b"\n", 0, place) + 1 : place]


def unreadable(ev: Evaluator, loader: Loader) -> bool:
    """Whether a loader has a dataset that could not be followed to a class."""
    if any(isinstance(value, Instance) and _may_be_dataset(ev, value.cls) for value in loader.datasets):
        return False
    if CALLED_FOR_EACH.issuperset(loader.spec.datasets):
        return False
    # What depends on itself alone has no values at all.
    return not loader.datasets or any(
        isinstance(value, Instance)
        or _is_open(value)
        or _is_named(value)
        or _is_empty_wrapper(ev, value)
        or _by_option(value)
        for value in loader.datasets
    )


def _may_be_dataset(ev: Evaluator, cls: ClassInfo) -> bool:
    """Whether objects of a class may be datasets, and are no models, which is all that shipped configurations may name
    of what a program makes by name."""
    methods = [name for name in (*_OF_MODELS, *_OF_DATASETS) if ev.find_method(cls, name) is not None]
    return not methods or any(name in _OF_DATASETS for name in methods)


def _is_open(value: Value) -> bool:
    """What may be anything, a class of the repository too."""
    return isinstance(value, Unknown | Member) and not _is_a_librarys(value)


def _is_a_librarys(value: Value) -> bool:
    """`MNIST(root)`, or `load_dataset(name)["train"]`."""
    return name_of(value).startswith(LIBRARY_DATASETS)


def _is_named(value: Value) -> bool:
    """A text in the place of a dataset: a name that stands for one."""
    return isinstance(value, Constant) and isinstance(value.value, str)


def _by_option(value: Value) -> bool:
    """What a class gives that an option names: `args.dataset_class(args)`."""
    return isinstance(value, Result) and any(f"{parsed}." in value.name for parsed in PARSED)


def _is_empty_wrapper(ev: Evaluator, value: Value) -> bool:
    """`ConcatDataset(parts)` and its like around nothing that can be read."""
    if not isinstance(value, Result) or value.name not in WRAPPERS or inside(ev, value):
        return False
    parts = list(_wrapped(ev, value, MOST_WRAPPED))
    return not parts or not all(map(_is_a_librarys, parts))


def _wrapped(ev: Evaluator, value: Value, deep: int) -> Iterator[Value]:
    """What one is around, through those that it is around."""
    arguments: Iterable[Argument] = ()
    match value:
        case Member():
            yield from _wrapped(ev, value.owner, deep) if not _is_a_librarys(value) else (value,)
        case Result() if value.name in WRAPPERS and deep:
            args = ev.collect(value.call, value.frame)
            arguments = [*args.positional[:1], *(each for name, each in args.named.items() if "dataset" in name)]
        case Items() if deep:
            arguments = value.items
        case _:
            yield value
    for argument in arguments:
        for part in ev.argument(argument):
            yield from _wrapped(ev, part, deep - 1)


def _nearest(classes: Sequence[ClassInfo], module: Module, top: int) -> list[ClassInfo]:
    """The classes that share the longest way with a module, when they lie in different projects.

    `top` is how many folders are around all of them.
    """
    here = module.path.split("/")[top:-1]

    def shared(cls: ClassInfo) -> int:
        count = 0
        for mine, theirs in zip(here, cls.module.path.split("/")[top:-1], strict=False):
            if mine != theirs:
                break
            count += 1
        return count

    if not classes:
        return []
    # One level of folders is the package; below it, projects of their own.
    best = min(max(shared(cls) for cls in classes), 1)
    return [cls for cls in classes if shared(cls) >= best]

"""Frames of code that nobody in particular runs, and classes with their ancestors."""

from collections.abc import Iterator
from itertools import islice, product

from analysis.facts import ir
from analysis.link.evaluate.machine import MOST_VARIANTS, Machine
from analysis.link.scopes import AttrAssign, ClassInfo, FunctionInfo, Module
from analysis.link.values import ClassValue, External, Frame, Instance, Result, Unknown, Value


class Classes(Machine):
    """Loose activations, and what classes are made of."""

    def module_frame(self, module: Module) -> Frame:
        frame = self._module_frames.get(module.path)
        if frame is None:
            frame = self._module_frames[module.path] = Frame(module, None)
        return frame

    def loose_frame(self, function: FunctionInfo, receiver: "Instance | ClassValue | None" = None) -> Frame:
        """The function's activation by whoever calls it: parameters are looked for at the callers."""
        key = (id(function), id(receiver))
        frame = self._loose_frames.get(key)
        if frame is None:
            if receiver is None and function.cls is not None:
                receiver = self._whoever(function, function.cls)
            parent = self.definition_frame(function)
            frame = Frame(function.module, function, parent, self_value=receiver)
            self._loose_frames[key] = frame
        return frame

    def _whoever(self, method: FunctionInfo, cls: ClassInfo) -> "Instance | ClassValue | None":
        """What a method is called on when nothing tells: an object of its class, or the class itself."""
        decorators = method.decorator_names()
        if "staticmethod" in decorators:
            return None
        return ClassValue(cls, self.definition_frame(cls)) if "classmethod" in decorators else self.loose_instance(cls)

    def definition_frame(self, function: "FunctionInfo | ClassInfo") -> Frame:
        """The frame around a definition when no particular activation is meant."""
        if function.owner is not None:
            return self.loose_frame(function.owner)
        if isinstance(function, FunctionInfo) and function.cls is not None and function.cls.owner is not None:
            return self.loose_frame(function.cls.owner)
        return self.module_frame(function.module)

    def owner_frame(self, owner: "FunctionInfo | ClassInfo | None", module: Module) -> Frame:
        """The frame in which an expression in the owner's own body is evaluated."""
        if owner is None:
            return self.module_frame(module)
        if isinstance(owner, ClassInfo):
            return self.definition_frame(owner)
        return self.loose_frame(owner)

    def loose_instance(self, cls: ClassInfo) -> Instance:
        """The class's object made by whoever makes one: constructor arguments are looked for at the callers."""
        instance = self._loose_instances.get(id(cls))
        if instance is None:
            instance = self._loose_instances[id(cls)] = Instance(cls, self.definition_frame(cls))
        return instance

    def bases(self, cls: ClassInfo, frame: Frame | None = None) -> list[Value]:
        """The values of the class's bases, in order."""
        found = self._bases.get(id(cls))
        if found is None:
            self._bases[id(cls)] = []
            around = frame or self.definition_frame(cls)
            found = [value for base in cls.node.bases for value in self.eval(base, around)]
            self._bases[id(cls)] = found
        return found

    def variants(self, cls: ClassInfo, frame: Frame) -> list[ClassInfo]:
        """The classes that an empty one can be whose bases are looked up: `class Set(KINDS[kind], TASKS[task]): pass`.

        Each base in turn is each of those that it can be; a class of all of them at once is none of these. And the one
        that a function derives from what it is given in an activation: `def noisy(base): class Noisy(base): ...`.
        """
        if derived := self._derived_from_given(cls, frame):
            return derived
        known = self._variants.get(id(cls))
        if known is None:
            known = self._variants[id(cls)] = [cls]
            if not cls.methods and any(isinstance(base, ir.Sub) for base in cls.node.bases):
                around = self.definition_frame(cls)
                found = [[v for v in self.eval(b, around) if isinstance(v, ClassValue)] for b in cls.node.bases]
                if all(found) and any(len(each) > 1 for each in found):
                    known = self._variants[id(cls)] = list(self._each_in_turn(cls, found))
        return known

    def _each_in_turn(self, cls: ClassInfo, found: list[list[ClassValue]]) -> Iterator[ClassInfo]:
        for place, alternatives in enumerate(found):
            for number, base in enumerate(alternatives[:MOST_VARIANTS]):
                if number or not place:
                    made = ClassInfo(cls.module, cls.node, cls.qualname, cls.owner, cls.methods, cls.scope)
                    self._bases[id(made)] = [base if at == place else each[0] for at, each in enumerate(found)]
                    yield made

    def _derived_from_given(self, cls: ClassInfo, frame: Frame) -> list[ClassInfo]:
        owner = cls.owner
        if not isinstance(owner, FunctionInfo) or owner is not frame.function:
            return []
        if not any(isinstance(base, ir.Name) and base.id in owner.param_names for base in cls.node.bases):
            return []
        found = [[v for v in self.eval(base, frame) if isinstance(v, ClassValue)] for base in cls.node.bases]
        given = islice(product(*found), MOST_VARIANTS)
        return [made for bases in given if (made := self._derived_from(cls, list(bases))) is not None]

    def _derived_from(self, cls: ClassInfo, given: list[Value]) -> ClassInfo | None:
        known = self._derived.setdefault(id(cls), [])
        if not known:
            known.append(cls)
            self._bases.setdefault(id(cls), given)
        for each in known:
            if _classes(self.bases(each)) == _classes(given):
                return each
        if len(known) == MOST_VARIANTS:
            return None
        made = ClassInfo(cls.module, cls.node, cls.qualname, cls.owner, cls.methods, cls.scope)
        self._bases[id(made)] = given
        known.append(made)
        return made

    def mro(self, cls: ClassInfo) -> list[ClassInfo]:
        """The repository's classes among the class and its ancestors, nearest first."""
        found = self._mro.get(id(cls))
        if found is None:
            self._mro[id(cls)] = [cls]
            lines = [self.mro(base.cls) for base in self.bases(cls) if isinstance(base, ClassValue)]
            # What two bases have in common comes after both.
            behind = {id(ancestor): ancestor for line in reversed(lines) for ancestor in reversed(line)}
            found = self._mro[id(cls)] = [cls, *(a for a in reversed(behind.values()) if a is not cls)]
        return found

    def external_bases(self, cls: ClassInfo) -> list[str]:
        """Dotted names of all ancestors outside the repository."""
        names = []
        for ancestor in self.mro(cls):
            for base in self.bases(ancestor):
                if isinstance(base, External) or (isinstance(base, Unknown) and base.name) or isinstance(base, Result):
                    names.append(base.name)
        return names

    def find_method(self, cls: ClassInfo, name: str, after: ClassInfo | None = None) -> FunctionInfo | None:
        """The method that the class has under a name; `after` starts behind that ancestor, as `super()` does."""
        order = self.mro(cls)
        behind = [number for number, each in enumerate(order, 1) if after is not None and each.node is after.node]
        if behind:
            order = order[behind[0] :]
        for ancestor in order:
            method = ancestor.methods.get(name)
            if method is not None:
                return method
        return None

    def subclasses(self, cls: ClassInfo) -> list[ClassInfo]:
        """The repository's classes that descend from the class."""
        found = self._subclasses.get(id(cls))
        if found is None:
            self._subclasses[id(cls)] = found = []
            names, seen = [cls.name], set[str]()
            for name in names:
                # A file that names the class may have a subclass of its subclass.
                for module in self.project.modules_inheriting(cls.name, name):
                    if module.path not in seen:
                        seen.add(module.path)
                        heirs = [c for c in module.classes if c is not cls and c.node.bases and cls in self.mro(c)]
                        found += heirs
                        names += [heir.name for heir in heirs if heir.name not in names]
        return found

    def assignments(self, cls: ClassInfo, name: str) -> list[tuple[FunctionInfo, AttrAssign]]:
        """`self.name = ...` in the class's own methods."""
        found = self._attributes.get((id(cls), name))
        if found is None:
            found = self._attributes[id(cls), name] = [
                (function, assign)
                for function in cls.methods.values()
                if function.params and function.sets(name)
                for assign in function.scope.attributes
                if assign.name == name
                and isinstance(assign.target, ir.Name)
                and assign.target.id == function.params[0].name
            ]
        return found

    def _around(self, method: FunctionInfo, frame: Frame) -> Frame:
        return frame if method.cls is not None and method.cls.owner is frame.function else self.definition_frame(method)


def _classes(values: list[Value]) -> list[ClassInfo | None]:
    return [value.cls if isinstance(value, ClassValue) else None for value in values]

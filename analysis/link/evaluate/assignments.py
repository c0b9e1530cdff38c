"""What a program assigns to an attribute from outside of its own object's class."""

from analysis.facts import ir
from analysis.link.evaluate.activations import Activations
from analysis.link.evaluate.machine import MOST_OUTSIDE
from analysis.link.scopes import AttrAssign, ClassInfo, FunctionInfo, Module, Owner, is_own
from analysis.link.values import Argument, Instance, Result, Value, Values, name_of, union

MOST_OUTSIDE_FILES = 60
"""Files that name an attribute that a class itself leaves open; as below."""
MOST_FILES = 40
"""Files that name an attribute; one that more do is everywhere, and no look at it ends soon."""


class OutsideAssignments(Activations):
    """`object.name = value` beside the methods of the object's own class."""

    def _assigned_outside(self, instance: Instance, name: str) -> Values:
        """`object.name = value` anywhere in the repository, where the object can be this one.

        Of too many, those count in whose files the class is named.
        """
        outside = self._outside.get(name)
        if outside is None:
            outside = self._outside[name] = self._outside_assignments(name)
        family = self.mro(instance.cls)
        if len(outside) > MOST_OUTSIDE:
            near = {path for cls in family for path in self.project.mentioning(cls.name)}
            outside = [each for each in outside if each[2].path in near]
        groups: list[Values] = []
        for assign, owner, module in outside if len(outside) <= MOST_OUTSIDE else ():
            frame = self.owner_frame(owner, module)
            holders = self.eval(assign.target, frame)
            if any(self._may_be(holder, instance, family) for holder in holders):
                groups.extend(self._evaluated([assign.binding], frame))
        return union((), *groups)

    def _outside_assignments(self, name: str) -> list[tuple[AttrAssign, Owner, Module]]:
        """The assignments to an attribute of that name of anything but the object that is at work."""
        if len(self.project.mentioning(name)) > MOST_OUTSIDE_FILES:
            return []
        return [
            (assign, owner, module)
            for module in self.project.modules_setting(name)
            for scope, owner in module.bodies_setting(name)
            for assign in scope.attributes
            if assign.name == name and assign.op is None and not is_own(assign.target, owner)
        ]

    def assigned_on(self, made_by: str, name: str) -> list[Argument]:
        """`cfg.seed = args.seed`: what the program itself assigns to an object that a call from outside made."""
        return [argument for argument, _ in self._set_on(made_by, name)]

    def always_assigned_on(self, made_by: str, name: str) -> bool:
        """Whether one of those assignments has no test around it, unlike `if args.debug: cfg.workers = 0`."""
        return any(not tested for _, tested in self._set_on(made_by, name))

    def _set_on(self, made_by: str, name: str) -> list[tuple[Argument, bool]]:
        key = (made_by, name)
        found = self._on_results.get(key)
        if found is None:
            found = self._on_results[key] = []
            rare = len(self.project.mentioning(name)) <= MOST_FILES
            for module in self.project.modules_setting(name) if rare else ():
                for scope, owner in module.bodies_setting(name):
                    for assign in scope.attributes:
                        node = assign.binding.node
                        if assign.name != name or assign.op is not None or assign.binding.path:
                            continue
                        frame = self.owner_frame(owner, module)
                        holders = self.eval(assign.target, frame)
                        if any(isinstance(holder, Result) and holder.name == made_by for holder in holders) and not (
                            isinstance(node, ir.Import | ir.ImportFrom | FunctionInfo | ClassInfo)
                        ):
                            found.append((Argument(node, frame), bool(assign.binding.guards)))
        return found

    def _may_be(self, holder: Value, instance: Instance, family: list[ClassInfo]) -> bool:
        if isinstance(holder, Instance):
            return holder.cls in family or instance.cls in self.mro(holder.cls)
        # A worker's start function reaches its dataset so.
        return name_of(holder) == "torch.utils.data.get_worker_info.dataset"

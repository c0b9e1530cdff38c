"""Whether one iterator over a loader feeds the whole training, so that its workers live on as persistent ones do."""

from analysis.facts import ir
from analysis.link.conditions import tests_around
from analysis.link.evaluate import Evaluator
from analysis.link.reach.inside import inside
from analysis.link.scopes import ClassInfo, FunctionInfo, Module, Scope, descendants, leaf_name
from analysis.link.values import Frame, Instance, Values


class Iterators:
    """What of one repository's loaders is iterated over once. What a body has to tell of that is read once."""

    def __init__(self, ev: Evaluator) -> None:
        self._ev = ev
        self._over: dict[int, frozenset[str]] = {}
        self._looped: dict[int, frozenset[str]] = {}
        self._made: dict[int, list[ir.Call]] = {}

    def once(self, call: ir.Call, owner: FunctionInfo | ClassInfo | None, module: Module) -> bool:
        """Whether an iterator that is made outside all loops, or kept as an attribute, is the loader's only one."""
        scope = owner.scope if owner is not None else module.scope
        iterators = [each for each in self._iterators(scope) if each.args[0] is call and _names_of(each, scope)]
        if iterators and not _in_a_loop(call, scope):
            return True
        names = _names_of(call, scope)
        if names and (self._once_in(scope, names) or self._kept(module, names)):
            return True
        if not isinstance(owner, FunctionInfo) or not any(_gives(back, call, scope) for back in scope.returns):
            return False
        callers = self._ev.callers(owner)
        return any(self._lasts(*caller) for caller in callers) and not any(
            self._again_and_again(*caller) for caller in callers
        )

    def _lasts(self, made: ir.Call, frame: Frame) -> bool:
        """Whether a function's loader has one iterator where it is taken: in that scope, or kept as an attribute."""
        scope = _scope(frame)
        names = _names_of(made, scope)
        return bool(names) and (self._once_in(scope, names) or self._kept(frame.module, names))

    def _again_and_again(self, made: ir.Call, frame: Frame) -> bool:
        """Whether a function's loader is iterated over in a loop where it is taken, by a program that trains for
        epochs."""
        scope = _scope(frame)
        names = _names_of(made, scope)
        if names.isdisjoint(self._looped_over(scope)):
            return False
        over = [loop for loop in scope.loops if isinstance(loop, ir.For) and names & _mentioned(loop.iter)]
        return any(
            outer is not loop and outer.body.start <= loop.line <= outer.body.end
            for loop in over
            for outer in scope.loops
        )

    def _once_in(self, scope: Scope, names: set[str]) -> bool:
        if not names.isdisjoint(self._gone_through(scope)):
            return False
        made = [call for call in self._iterators(scope) if _is_over(call, names)]
        return len(made) == 1 and not _in_a_loop(made[0], scope)

    def _kept(self, module: Module, names: set[str]) -> bool:
        """`if self.it is None: self.it = iter(self.loader)` as all that the file does to iterate over the loader."""
        kept = 0
        for scope, owner in module.bodies(lambda function: any(map(function.mentions, names))):
            if not names.isdisjoint(self._looped_over(scope)):
                return False
            for call in self._iterators(scope):
                if _is_over(call, names):
                    if not _kept_as_attribute(call, scope, owner):
                        return False
                    kept += 1
        return kept == 1

    def _gone_through(self, scope: Scope) -> frozenset[str]:
        """The last parts of the names of what a body's loops go through."""
        known = self._over.get(id(scope))
        if known is None:
            loops = (loop for loop in scope.loops if isinstance(loop, ir.For))
            known = self._over[id(scope)] = frozenset(leaf_name(loop.iter) for loop in loops)
        return known

    def _looped_over(self, scope: Scope) -> frozenset[str]:
        """The names in what a body's loops go through."""
        known = self._looped.get(id(scope))
        if known is None:
            loops = (loop for loop in scope.loops if isinstance(loop, ir.For))
            known = self._looped[id(scope)] = frozenset(name for loop in loops for name in _mentioned(loop.iter))
        return known

    def _iterators(self, scope: Scope) -> list[ir.Call]:
        """The calls of `iter` in a body."""
        known = self._made.get(id(scope))
        if known is None:
            known = self._made[id(scope)] = [
                call for call in scope.calls if leaf_name(call.func) == "iter" and call.args
            ]
        return known


def never_ends(ev: Evaluator, samplers: Values) -> bool:
    """Whether what picks the samples goes on for ever, so that the loader's first iterator is its last."""
    picking = [inner for value in samplers for inner in inside(ev, value) if isinstance(inner, Instance)]
    return bool(picking) and all(any(map(_goes_on, ev.mro(sampler.cls))) for sampler in picking)


def _goes_on(cls: ClassInfo) -> bool:
    """Whether one of its methods yields in a loop without an end: `while True: yield from permutation(n)`."""
    for method in cls.methods.values():
        for loop in method.scope.loops if method.scope.yields else ():
            for_ever = isinstance(loop, ir.While) and isinstance(loop.test, ir.Const) and bool(loop.test.value)
            inside_it = range(loop.body.start, loop.body.end + 1)
            if for_ever and any(given.line in inside_it for given in method.scope.yields) and not _leaves(loop.body):
                return True
    return False


def _leaves(body: ir.Block) -> bool:
    return any(
        isinstance(part, ir.Return) or (isinstance(part, ir.Stop) and part.kind != "continue")
        for part in descendants(body)
    )


def _scope(frame: Frame) -> Scope:
    return frame.module.scope if frame.function is None else frame.function.scope


def _names_of(call: ir.Call, scope: Scope) -> set[str]:
    names = {name for name, bindings in scope.bindings.items() if any(binding.node is call for binding in bindings)}
    return names | {assign.name for assign in scope.attributes if assign.binding.node is call}


def _gives(back: ir.Return, call: ir.Call, scope: Scope) -> bool:
    return back.value is call or (isinstance(back.value, ir.Name) and back.value.id in _names_of(call, scope))


def _in_a_loop(call: ir.Call, scope: Scope) -> bool:
    return any(loop.body.start <= call.line <= loop.body.end for loop in scope.loops)


def _is_over(iterator: ir.Call, names: set[str]) -> bool:
    return leaf_name(iterator.args[0]) in names


def _kept_as_attribute(call: ir.Call, scope: Scope, owner: FunctionInfo | ClassInfo | None) -> bool:
    kept = next((assign.name for assign in scope.attributes if assign.binding.node is call), None)
    if kept is None or not isinstance(owner, FunctionInfo) or isinstance(owner.node, ir.Lambda):
        return False
    tests = tests_around(owner.node.body, call.line)
    return owner.name == "__init__" or any(way and kept in _mentioned(test) for test, way in tests)


def _mentioned(expr: ir.Node) -> set[str]:
    return {
        part.id if isinstance(part, ir.Name) else part.name
        for part in descendants(expr)
        if isinstance(part, ir.Name | ir.Attr)
    }

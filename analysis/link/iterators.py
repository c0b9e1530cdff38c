"""Whether one iterator over a loader feeds the whole training, so that its workers live on as persistent ones do."""

from analysis.facts import ir
from analysis.link.conditions import tests_around
from analysis.link.evaluate import Evaluator
from analysis.link.reach.inside import inside
from analysis.link.scopes import ClassInfo, FunctionInfo, Module, Scope, descendants, leaf_name
from analysis.link.values import Frame, Instance, Values


def iterated_once(ev: Evaluator, call: ir.Call, owner: FunctionInfo | ClassInfo | None, module: Module) -> bool:
    """Whether an iterator that is made outside all loops, or kept as an attribute, is the loader's only one."""
    scope = owner.scope if owner is not None else module.scope
    iterators = [each for each in scope.calls if _is_iter(each) and each.args[0] is call and _names_of(each, scope)]
    if iterators and not _in_a_loop(call, scope):
        return True
    names = _names_of(call, scope)
    if names and (_once_in(scope, names) or _kept(ev, module, names)):
        return True
    if not isinstance(owner, FunctionInfo) or not any(_gives(back, call, scope) for back in scope.returns):
        return False
    callers = ev.callers(owner)
    return any(_lasts(ev, *caller) for caller in callers) and not any(_again_and_again(*caller) for caller in callers)


def _lasts(ev: Evaluator, made: ir.Call, frame: Frame) -> bool:
    """Whether one iterator is made of a function's loader where it is taken: in that scope, or kept as an attribute."""
    scope = _scope(frame)
    names = _names_of(made, scope)
    return bool(names) and (_once_in(scope, names) or _kept(ev, frame.module, names))


def _again_and_again(made: ir.Call, frame: Frame) -> bool:
    """Whether a function's loader is iterated over in a loop where it is taken: by a program that trains for epochs."""
    scope = _scope(frame)
    names = _names_of(made, scope)
    over = [loop for loop in scope.loops if isinstance(loop, ir.For) and names & _mentioned(loop.iter)] if names else ()
    return any(
        outer is not loop and outer.body.start <= loop.line <= outer.body.end for loop in over for outer in scope.loops
    )


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


def _once_in(scope: Scope, names: set[str]) -> bool:
    if any(isinstance(loop, ir.For) and leaf_name(loop.iter) in names for loop in scope.loops):
        return False
    made = [c for c in scope.calls if _iterates(c, names)]
    return len(made) == 1 and not _in_a_loop(made[0], scope)


def _in_a_loop(call: ir.Call, scope: Scope) -> bool:
    return any(loop.body.start <= call.line <= loop.body.end for loop in scope.loops)


def _kept(ev: Evaluator, module: Module, names: set[str]) -> bool:
    """`if self.it is None: self.it = iter(self.loader)` as all that the file does to iterate over the loader."""
    kept = 0
    for scope, owner in module.bodies(lambda function: any(map(function.mentions, names))) if names else ():
        if any(isinstance(loop, ir.For) and names & _mentioned(loop.iter) for loop in scope.loops):
            return False
        for call in scope.calls:
            if _iterates(call, names):
                if not _kept_as_attribute(call, scope, owner):
                    return False
                kept += 1
    return kept == 1


def _iterates(call: ir.Call, names: set[str]) -> bool:
    return _is_iter(call) and leaf_name(call.args[0]) in names


def _is_iter(call: ir.Call) -> bool:
    return leaf_name(call.func) == "iter" and bool(call.args)


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

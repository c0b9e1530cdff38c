"""Which of a name's bindings can be seen from a line: later ones hide earlier ones, branches are decided against."""

from abc import abstractmethod

from analysis.facts import ir
from analysis.link.evaluate.containers import Containers
from analysis.link.evaluate.machine import LAST_LINE
from analysis.link.scopes import Binding, ClassInfo, FunctionInfo, Guard, Scope, descendants, leaf_name
from analysis.link.values import Argument, Frame, Values

_TELLING = ("rng", "seed", "rand", "gen", "state", "info", "data", "transform", "aug", "worker", "func", "fn")
"""Parts of names that are not a sample's: what they hold is looked into."""
_SAMPLES = frozenset({"data", "data_dict"})
"""Names of samples all the same, where one is made of itself."""


class Bindings(Containers):
    """What gives a name its value."""

    @abstractmethod
    def _bound(self, binding: Binding, frame: Frame) -> Values:
        """What a binding gives its name."""

    def reworks(self, binding: Binding, name: str, scope: Scope) -> bool:
        """Whether a sample is made of itself there, over a loop or not: `image = crop(image)`.

        Through a pipeline its values would multiply with each transform, and no question is about them.
        """
        known = self._reworked.get(id(binding))
        if known is None:
            known = self._reworked[id(binding)] = self._is_reworking(binding, name, scope)
        return known

    def _is_reworking(self, binding: Binding, name: str, scope: Scope) -> bool:
        telling = name not in _SAMPLES and any(part in name.lower() for part in _TELLING)
        if telling or not _is_expression(binding):
            return False
        if isinstance(binding.node, ir.Attr) and binding.node.name == "dataset":
            # `inner = inner.dataset`: no sample, but what a subset is of.
            return False
        needs = self._needs.get(id(scope))
        if needs is None:
            needs = self._needs[id(scope)] = _dependencies(scope)
        return any(name == other or name in needs.get(other, ()) for other in _names_in(binding))

    def _evaluated(self, bindings: list[Binding], frame: Frame) -> list[Values]:
        groups = []
        for binding in bindings:
            mark = (id(frame.busy), binding)
            if binding in frame.busy:
                self._cuts.add(mark)
                continue
            frame.busy.add(binding)
            self._open.add(mark)
            try:
                groups.append(self._bound(binding, frame))
            finally:
                frame.busy.discard(binding)
                self._close(mark)
        return groups

    def _reaching(
        self, name: str, scope: Scope, line: int, frame: Frame, is_param: bool = False
    ) -> tuple[list[Binding], bool]:
        """The bindings of a name that may be seen at a line, and whether they hide all that was before."""
        live = bindings = scope.bindings.get(name, [])
        if len(bindings) == 1 and not is_param:
            only = bindings[0]
            if only.line < line and not only.guards and only not in frame.busy:
                # As most names are.
                return bindings, True
        if not frame.busy.isdisjoint(bindings):
            live = [b for b in bindings if b not in frame.busy]
            self._cuts.update((id(frame.busy), b) for b in bindings if b in frame.busy and b.line < line)
        before = [b for b in live if b.line < line or (b.line == line and b.iterated)]
        if line != LAST_LINE and (is_param or len(bindings) > 1):
            # Within the value that it is about to get, a name has its value of before.
            before = [b for b in before if b.iterated or line > self.last_line(b)]
        if not before and live and line != LAST_LINE:
            # A parameter is what it was called with until it is bound again.
            later = [b for b in live if _in_one_loop(b.line, line, frame)] if is_param else live
            return self._possible(later, frame), False
        hidden = scope.hidden_before(name, line) if len(before) > 1 or is_param else 0
        out: list[Binding] = []
        for binding in reversed(before):
            if binding.line < hidden:
                if out:
                    break
                hidden = 0
            if not self._can_be(binding, frame):
                continue
            out.append(binding)
            if binding.start <= line <= binding.end or self._always_ran(binding, line, frame):
                hidden = binding.line
                break
        if out and hidden:
            return out[::-1] + self._carried(live, out, line, frame), True
        if line == LAST_LINE and out and not any(binding.guards for binding in bindings):
            # Seen from elsewhere: the body's straight-line assignments leave the last one standing. Between two cells
            # of a notebook that define the same, the first may be what is used.
            last = out[0]
            if isinstance(last.node, ir.Import | ir.ImportFrom):
                # The other branch of a `try` may have been taken; at the same level the last import is what stays.
                hides = last.start <= out[-1].line
            else:
                hides = isinstance(last.node, FunctionInfo | ClassInfo)
            if hides and not frame.module.path.endswith(".ipynb"):
                return [last], True
            return out[::-1], True
        return out[::-1], False

    def _always_ran(self, binding: Binding, line: int, frame: Frame) -> bool:
        """Whether all tests around a binding hold, so that it hides what was before: `if x is None: x = Crop()`."""
        if not binding.guards:
            return False
        loops = frame.scope.loops
        if any(loop.line <= binding.line <= loop.body.end and not loop.line <= line <= loop.body.end for loop in loops):
            return False
        return all(self._decided(test, frame) is way for test, way in binding.guards)

    def _carried(self, bindings: list[Binding], seen: list[Binding], line: int, frame: Frame) -> list[Binding]:
        """What a loop's earlier round left of a flag: `first = True`, then `if first: ...; first = False` in a loop."""
        if not all(isinstance(binding.node, ir.Const) for binding in seen):
            return []
        hidden = max(binding.line for binding in seen)
        loops = [
            loop.body
            for loop in frame.scope.loops
            if hidden < loop.body.start and loop.body.start <= line <= loop.body.end
        ]
        return self._possible([b for b in bindings if any(line < b.line <= body.end for body in loops)], frame)

    def _possible(self, bindings: list[Binding], frame: Frame) -> list[Binding]:
        return [binding for binding in bindings if self._can_be(binding, frame)]

    def _can_be(self, binding: Binding, frame: Frame) -> bool:
        return not binding.guards or not self.guarded_out(binding.guards, frame)

    def definitions(self, name: str, frame: Frame, line: int) -> list[Argument] | None:
        """The expressions that a local name or parameter may stand for at a line; None when it is neither.

        For questions about how a value is made, where `eval` says what it is.
        """
        current: Frame | None = frame
        while current is not None and current.function is not None:
            function = current.function
            bindings = function.scope.bindings.get(name, [])
            is_param = name in function.param_names
            if name in function.scope.outer:
                break
            if bindings or is_param:
                at = line if current is frame else LAST_LINE
                reaching, closed = self._reaching(name, function.scope, at, current, is_param)
                out = _expressions(reaching, current)
                if out is not None and is_param and not closed:
                    out.append(current.args.get(name) or Argument(None, None, self.parameter(name, current)))
                return out
            current = current.parent
        module = frame.module
        if name not in module.scope.bindings:
            return None
        around = self.module_frame(module)
        reaching, _ = self._reaching(name, module.scope, line if frame.function is None else LAST_LINE, around)
        return _expressions(reaching, around)

    def iterates(self, name: ir.Name, frame: Frame) -> bool:
        """Whether a name is what a loop, or a comprehension, of the same body goes through."""
        return any(binding.iterated for binding in frame.scope.bindings.get(name.id, ()))

    def loop_variable(self, name: str, frame: Frame) -> bool:
        """Whether a name is what an outer loop counts with: another value in each of its rounds."""
        current: Frame | None = frame
        while current is not None:
            bindings = current.scope.bindings.get(name)
            if bindings:
                return any(binding.iterated and _counts(binding) for binding in bindings)
            if current.function is not None and name in current.function.param_names:
                argument = current.args.get(name)
                if argument is not None and isinstance(argument.expr, ir.Name) and argument.frame is not None:
                    return self.loop_variable(argument.expr.id, argument.frame)
                return False
            current = current.parent
        bindings = frame.module.scope.bindings.get(name, [])
        return any(binding.iterated and _counts(binding) for binding in bindings)

    def guarded_out(self, guards: tuple[Guard, ...], frame: Frame) -> bool:
        """Whether a test around something is decided against it."""
        return any(self._decided(test, frame) is (not way) for test, way in guards)

    def _decided(self, test: ir.Expr, frame: Frame) -> bool | None:
        """Whether a test holds; None as well while that is the question. Kept where nothing was cut short for it."""
        asked = (id(test), self._by_default)
        if asked in frame.decided:
            return frame.decided[asked]
        return self._once(
            (*asked, id(frame)),
            self._guarding,
            lambda: self.truth(test, frame),
            lambda answer: frame.decided.__setitem__(asked, answer),
            None,
        )


def _expressions(bindings: list[Binding], frame: Frame) -> list[Argument] | None:
    """What names are bound to; None where something is imported or defined."""
    out: list[Argument] = []
    for binding in bindings:
        if isinstance(binding.node, ir.Import | ir.ImportFrom | FunctionInfo | ClassInfo):
            return None
        out.append(Argument(binding.node, frame))
    return out


def _is_expression(binding: Binding) -> bool:
    return isinstance(binding.node, ir.Node) and not isinstance(binding.node, ir.Import | ir.ImportFrom)


def _names_in(binding: Binding) -> set[str]:
    if not isinstance(binding.node, ir.Node) or not _is_expression(binding):
        return set()
    return {part.id for part in descendants(binding.node) if isinstance(part, ir.Name)}


def _dependencies(scope: Scope) -> dict[str, set[str]]:
    """Each local name to all local names that its values are made of, at any remove."""
    needs = {
        name: set().union(*map(_names_in, bindings)) & scope.bindings.keys()
        for name, bindings in scope.bindings.items()
    }
    changed = True
    while changed:
        changed = False
        for own in needs.values():
            more = own.union(*(needs[name] for name in own))
            if len(more) > len(own):
                own |= more
                changed = True
    return needs


def _in_one_loop(a: int, b: int, frame: Frame) -> bool:
    """Whether a function's loop holds both lines, so that either can run before the other."""
    loops = frame.function.scope.loops if frame.function is not None else ()
    return any(loop.line <= min(a, b) and max(a, b) <= loop.body.end for loop in loops)


def _counts(binding: Binding) -> bool:
    if not isinstance(binding.node, ir.Node) or isinstance(binding.node, ir.Import | ir.ImportFrom):
        return False
    leaf = leaf_name(binding.node)
    if isinstance(binding.node, ir.Call) and any(
        isinstance(arg, ir.Seq | ir.DictDisplay) for arg in binding.node.args[:1]
    ):
        # Over what is written down, such as the names of the splits: those are not epochs.
        return False
    if leaf in {"enumerate", "tqdm", "trange"}:
        return not binding.path or binding.path[0] == 0
    return leaf in {"range", "xrange", "count"}

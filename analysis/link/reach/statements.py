"""Statements in order: branches that are decided against are left out, and seeding is carried along."""

from collections.abc import Callable, Collection

from analysis.catalog.draws import SEEDS_WITHIN
from analysis.facts import ir
from analysis.link.conditions import asked_for
from analysis.link.phases import evaluation_side
from analysis.link.reach.expressions import Expressions
from analysis.link.reach.sites import weaker
from analysis.link.reach.told import Told, seeded_where, told_by
from analysis.link.scopes import descendants, leaf_name
from analysis.link.values import CallArgs, ClassValue, Constant, Frame, FunctionValue, Instance, name_of

_PROCESS = frozenset({"os.getpid", "multiprocessing.current_process", "threading.get_ident"})
"""What tells one worker from another, without a number that begins anew."""
_HANDED_ON = 5
"""Names that a seed goes under on its way to the worker."""


class Statements(Expressions):
    """Walks statements in order, and the branches that may run."""

    def block(self, block: ir.Block, frame: Frame) -> bool:
        """Walk statements in order; True when what follows the block does not run."""
        outside = self._evaluating
        try:
            return any(self._statement(node, frame) for node in block.body)
        finally:
            self._evaluating = outside

    def _statement(self, node: ir.Stmt, frame: Frame) -> bool:
        if not self.assume_defaults and self.idle.statement(node, frame):
            if self._depth == 1 and any(isinstance(part, ir.Return) for part in descendants(node)):
                self._left.append(self.state.numpy)
            return isinstance(node, ir.Return | ir.Stop)
        match node:
            case ir.Assign():
                self.visit(node.value, frame)
                for target in node.targets:
                    self._assigned(target, node.value, frame, node.line)
            case ir.AugAssign():
                self.visit(node.value, frame)
            case ir.Do():
                self.visit(node.value, frame)
            case ir.Return():
                if node.value is not None:
                    self.visit(node.value, frame)
                if self._depth == 1:
                    self._left.append(self.state.numpy)
                return True
            case ir.Stop():
                if node.value is not None:
                    self.visit(node.value, frame)
                return True
            case ir.If():
                return self._if(node, frame)
            case ir.For():
                self.visit(node.iter, frame)
                self._iterated(node.iter, frame)
                self.block(node.body, frame)
                self.block(node.orelse, frame)
            case ir.While():
                self.visit(node.test, frame)
                if self._truth(node.test, frame) is not False:
                    self.block(node.body, frame)
                self.block(node.orelse, frame)
            case ir.With():
                return self._with(node, frame)
            case ir.Try():
                ended = self.block(node.body, frame)
                for handler in node.handlers:
                    state = self.state.copy()
                    ended = self.block(handler, frame) and ended
                    self.state = state
                if not ended:
                    self.block(node.orelse, frame)
                return self.block(node.final, frame) or ended
            case _:
                pass
        return False

    def _truth(self, test: ir.Expr, frame: Frame) -> bool | None:
        if not self.assume_defaults:
            return None if self.idle.undecidable(test, frame) else self.ev.within(self.ev.truth, test, frame)
        decided = self.ev.truth_by_default(test, frame)
        asked = asked_for(test) if decided is None else None
        if asked is None or not isinstance(asked[0], ir.Name):
            return decided
        return not asked[1] if self._empty_by_option(asked[0], frame) else None

    def _empty_by_option(self, expr: ir.Expr | None, frame: Frame | None, depth: int = 0) -> bool:
        """Whether a seed is None by default: `666 if args.fixed else None`, handed on under any names."""
        match expr:
            case ir.Const():
                return expr.known and expr.value is None
            case ir.Cond(test=ir.Attr(name=option)) if frame is not None and self.ev.options is not None:
                values = self.ev.options.option(option, frame.module.path)
                off = bool(values) and not any(not isinstance(v, Constant) or v.value for v in values)
                return off and self._empty_by_option(expr.other, frame, depth + 1)
            case ir.Name() if frame is not None and depth < _HANDED_ON:
                handed = self.ev.definitions(expr.id, frame, expr.line) or ()
                return bool(handed) and all(self._empty_by_option(a.expr, a.frame, depth + 1) for a in handed)
            case _:
                return False

    def _if(self, node: ir.If, frame: Frame) -> bool:
        self.visit(node.test, frame)
        decided = self._truth(node.test, frame)
        if decided is True:
            return self.block(node.body, frame)
        if decided is False:
            return self.block(node.orelse, frame)
        before = self.state.copy()
        side = evaluation_side(node.test)
        sets_up = self._sets_up(node, frame)
        then_told, whole_then = told_by(self.ev, node.test, True, frame)
        other_told, whole_other = told_by(self.ev, node.test, False, frame)
        outside, self._once = self._once, self._once or sets_up
        then_ended = self._branch(node.body, frame, then_told, evaluation=side is True)
        self._once = outside
        then_state, self.state = self.state, before.copy()
        other_ended = self._branch(node.orelse, frame, other_told, evaluation=side is False)
        if (then_ended and side is False) or (other_ended and side is True):
            # The training branch returned: what follows in the block is for evaluation.
            self._evaluating = True
        if other_ended:
            self.state = then_state
        elif not then_ended and (self.assume_defaults or sets_up):
            # In a reseeding function a test that cannot be read is taken as passed, unless failing it alone seeds; what
            # is done at a worker's first sample holds for the others.
            passed, failed = (self.state, then_state) if _is_negated(node.test) else (then_state, self.state)
            self.state = then_state if sets_up else failed if passed == before else passed
        elif not then_ended:
            told = (then_told if whole_then else None, other_told if whole_other else None)
            self.state = weaker(then_state, self.state, told)
        return then_ended and other_ended

    def _sets_up(self, node: ir.If, frame: Frame) -> bool:
        """`if not self.ready: ...; self.ready = True`: what is done once in a worker and not for each sample.

        The mark may be set by a method that is called there, or be the process's place in a list of those that are
        ready: `if os.getpid() not in self.ready: self.ready.append(os.getpid())`.
        """
        asked = {part.name for part in descendants(node.test) if isinstance(part, ir.Attr)}
        return bool(asked) and (self._marks(node.body, asked, frame) or self._counts_processes(node, asked, frame))

    def _counts_processes(self, node: ir.If, asked: Collection[str], frame: Frame) -> bool:
        """Whether a test asks for a process that is not in a container, and the block puts it there."""
        match node.test:
            case (
                ir.Compare(left=process, ops=("not in",))
                | ir.UnaryOp(op="not", value=ir.Compare(left=process, ops=("in",)))
            ):
                values = self.ev.within(self.ev.eval, process, frame)
                return any(name_of(value) in _PROCESS for value in values) and any(map(_put_in(asked), node.body.body))
            case _:
                return False

    def _marks(self, block: ir.Block, asked: Collection[str], frame: Frame) -> bool:
        """Whether a block sets one of these attributes, itself or in a method of the object's that it calls."""
        this = frame.self_value
        for statement in block.body:
            if isinstance(statement, ir.Assign):
                if any(isinstance(target, ir.Attr) and target.name in asked for target in statement.targets):
                    return True
            elif isinstance(statement, ir.Do) and isinstance(statement.value, ir.Call) and isinstance(this, Instance):
                method = self.ev.find_method(this.cls, leaf_name(statement.value.func))
                if method is not None and any(assign.name in asked for assign in method.scope.attributes):
                    return True
            elif isinstance(statement, ir.If) and self._marks(statement.body, asked, frame):
                return True
        return False

    def _branch(self, block: ir.Block, frame: Frame, told: Told, *, evaluation: bool) -> bool:
        outside = (self._evaluating, self._holds)
        self._evaluating = self._evaluating or evaluation
        self._holds |= told
        if self.state.numpy is None and self.state.under:
            self.state.numpy = seeded_where(self.state.under, self._holds)
        try:
            return self.block(block, frame)
        finally:
            self._evaluating, self._holds = outside

    def _with(self, node: ir.With, frame: Frame) -> bool:
        before = self.state.copy()
        restores = False
        managers: list[Instance] = []
        for item in node.items:
            self.visit(item.value, frame)
            restores = restores or self._restores(item.value, frame)
            values = self.ev.within(self.ev.eval, item.value, frame)
            managers += [value for value in values if isinstance(value, Instance)]
        for manager in managers:
            self.enter_method(manager, "__enter__", CallArgs())
        ended = self.block(node.body, frame)
        for manager in managers:
            self.enter_method(manager, "__exit__", CallArgs())
        if restores:
            self.state = before
        return ended

    def _restores(self, expr: ir.Expr, frame: Frame) -> bool:
        """Whether a context manager puts NumPy's state back at its end."""
        if not isinstance(expr, ir.Call):
            return False
        for target in self.ev.within(self.ev.eval, expr.func, frame):
            scopes = []
            if name_of(target) in SEEDS_WITHIN:
                return True
            if isinstance(target, FunctionValue):
                scopes = [target.function.scope]
            elif isinstance(target, ClassValue):
                scopes = [method.scope for method in target.cls.methods.values()]
            if any(leaf_name(call.func) == "set_state" for scope in scopes for call in scope.calls):
                return True
        return False


def _is_negated(test: ir.Expr) -> bool:
    return isinstance(test, ir.UnaryOp) and test.op == "not" and not _is_negated(test.value)


def _put_in(names: Collection[str]) -> Callable[[ir.Stmt], bool]:
    """Tells of a statement whether it puts something into an attribute of one of these names."""

    def puts(statement: ir.Stmt) -> bool:
        match statement:
            case ir.Do(value=ir.Call(func=ir.Attr(value=ir.Attr(name=holder), name="append" | "add"))):
                return holder in names
            case ir.Assign(targets=targets):
                into = (target.value for target in targets if isinstance(target, ir.Sub))
                return any(isinstance(holder, ir.Attr) and holder.name in names for holder in into)
            case _:
                return False

    return puts

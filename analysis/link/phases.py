"""Which branch of a test is for evaluation: `if self.opt["phase"] == "train": ... else: np.random.seed(0)`."""

from analysis.facts import ir
from analysis.link.scopes import leaf_name

_ASKED = ("phase", "mode", "split", "stage", "set", "train", "subset", "partition", "kind", "type")
_TRAINING = ("train", "training", "is_train", "istrain", "is_training", "train_mode", "for_train", "augment")
_EVALUATING = ("test", "val", "eval", "testing", "is_test", "is_val", "is_eval", "test_mode", "eval_mode", "validation")


def evaluation_side(test: ir.Expr) -> bool | None:
    """The answer of a test under which code evaluates; None when the test asks for something else."""
    match test:
        case ir.UnaryOp(op="not"):
            side = evaluation_side(test.value)
            return None if side is None else not side
        case ir.Compare() if len(test.ops) == 1 and test.ops[0] in {"==", "!=", "in", "not in", "is"}:
            if not any(word in _asked(test.left) for word in _ASKED):
                return None
            side = _named(test.rights[0])
            return None if side is None else side is (test.ops[0] in {"==", "in", "is"})
        case ir.Name() | ir.Attr() | ir.Sub() | ir.Call(func=ir.Attr(name="get")):
            name = _asked(test)
            return False if name in _TRAINING else (True if name in _EVALUATING else None)
        case _:
            return None


def _asked(expr: ir.Expr) -> str:
    """The name of what is asked: `phase` of `self.opt["phase"]`."""
    match expr:
        case (
            ir.Sub(index=ir.Const(value=str(key)))
            | ir.Call(func=ir.Attr(name="get"), args=(ir.Const(value=str(key)), *_))
        ):
            return key.lower()
        case _:
            return leaf_name(expr).lower().lstrip("_")


def _named(expr: ir.Expr) -> bool | None:
    """Whether constants name evaluation (True) or training (False)."""
    items = expr.items if isinstance(expr, ir.Seq) else [expr]
    words = [item.value.lower() for item in items if isinstance(item, ir.Const) and isinstance(item.value, str)]
    if not words or len(words) != len(items):
        return None
    if any("train" in word for word in words):
        return False
    return True if all(word.startswith(("val", "test", "eval", "dev")) for word in words) else None

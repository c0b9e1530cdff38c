"""Which of imgaug's augmenters never draw: those that are given numbers alone, no ranges, and chains of them."""

from analysis.catalog.draws import KEPT_LIBRARIES
from analysis.link.evaluate import Evaluator
from analysis.link.scopes import holder_name
from analysis.link.values import Argument, CallArgs, Constant, Mapping, Result, Sequence, Value

_NEVER = ("Noop", "Identity", "CenterPad", "CenterCrop", "KeepSizeByResize")
_BY_POSITION = ("PadTo", "CropTo")
_BY_NUMBER = {
    "Add": "value",
    "AverageBlur": "k",
    "GammaContrast": "gamma",
    "GaussianBlur": "sigma",
    "Grayscale": "alpha",
    "LinearContrast": "alpha",
    "LogContrast": "gain",
    "MedianBlur": "k",
    "Multiply": "mul",
    "Rot90": "k",
}
"""The parameter that imgaug draws from a range of its own where none is given; of a number it draws nothing."""
_FLIPS = frozenset({"Fliplr", "Flipud", "HorizontalFlip", "VerticalFlip"})
_NUMBERS = frozenset(
    {
        "builtins.float",
        "builtins.int",
        "random.gauss",
        "random.randint",
        "random.random",
        "random.randrange",
        "random.uniform",
    }
)
"""What gives one number: imgaug draws nothing more where the program has drawn it."""
_NUMBERS_OF_NUMPY = {
    "normal": 2,
    "rand": 0,
    "randint": 2,
    "randn": 0,
    "random": 0,
    "random_sample": 0,
    "uniform": 2,
}
"""NumPy's functions that give one number, with how many arguments at most: the next is how many to give."""
_DRAWN_POSITIONS = frozenset({"uniform", "normal"})
_DEEPEST = 6


def never_draws(evaluator: Evaluator, augmenter: Value | None, depth: int = 0) -> bool:
    """Whether an augmenter does the same to each sample. imgaug 0.4: a position is drawn unless one is named."""
    if not isinstance(augmenter, Result) or not augmenter.name.startswith(KEPT_LIBRARIES) or depth > _DEEPEST:
        return False
    if augmenter.name.endswith(".to_deterministic"):
        return never_draws(evaluator, augmenter.receiver, depth + 1)
    name = augmenter.name.rpartition(".")[2]
    given = evaluator.collect(augmenter.call, augmenter.frame)
    if name == "Sequential":
        chain = [*given.positional[:1], *([given.named["children"]] if "children" in given.named else [])]
        items = [item for each in chain for item in _items(evaluator, each)]
        return bool(items) and all(never_draws(evaluator, item, depth + 1) for item in items)
    if name in {"Resize", "Scale"}:
        size = given.positional[0] if given.positional else given.named.get("size")
        return size is not None and _fixed(evaluator, size)
    if name.startswith(_BY_POSITION):
        position = given.named.get("position")
        values = () if position is None else evaluator.argument(position)
        return bool(values) and all(
            isinstance(value, Constant) and value.value not in _DRAWN_POSITIONS for value in values
        )
    if name in _FLIPS:
        return _never_by_chance(evaluator, given)
    if name == "Affine":
        return bool(given.positional or given.named) and _all_fixed(evaluator, given)
    if name == "ChangeColorspace":
        return _of_one_space(evaluator, given)
    if name in _BY_NUMBER:
        return bool(given.positional or _BY_NUMBER[name] in given.named) and _all_fixed(evaluator, given)
    return name.startswith(_NEVER)


def _all_fixed(evaluator: Evaluator, given: CallArgs) -> bool:
    return not given.open and all(_fixed(evaluator, each) for each in (*given.positional, *given.named.values()))


def _of_one_space(evaluator: Evaluator, given: CallArgs) -> bool:
    """Whether colors are changed into one space, wholly. A space that cannot be read is taken for one; more than one
    are a list, or a choice of the library's: `iap.Choice(["HSV", "Lab"])`."""
    spaces = [*given.positional[:1], *([given.named["to_colorspace"]] if "to_colorspace" in given.named else [])]
    several = any(isinstance(value, Sequence | Result) for each in spaces for value in evaluator.argument(each))
    strength = [*given.positional[2:3], *([given.named["alpha"]] if "alpha" in given.named else [])]
    return not given.open and not several and all(_fixed(evaluator, each) for each in strength)


def _never_by_chance(evaluator: Evaluator, given: CallArgs) -> bool:
    """Whether a flip, which is done with a probability, is done to each sample or to none; without one it is either."""
    asked = [*given.positional[:1], *([given.named["p"]] if "p" in given.named else [])]
    values = [evaluator.argument(argument) for argument in asked]
    certain = all(isinstance(value, Constant) and value.value in {0, 1} for each in values for value in each)
    return not given.open and all(values) and certain


def _items(evaluator: Evaluator, chain: Argument) -> list[Value | None]:
    """What a chain is made of; None for what cannot be read."""
    found: list[Value | None] = []
    for value in evaluator.argument(chain):
        if not isinstance(value, Sequence) or value.open:
            return [None]
        for item in value.items:
            found += evaluator.argument(item) or (None,)
    return found


def _fixed(evaluator: Evaluator, size: Argument) -> bool:
    """Whether a measure is one number, or one for each side."""
    values = evaluator.argument(size)
    return bool(values) and all(_is_fixed(evaluator, value) for value in values)


def _is_fixed(evaluator: Evaluator, value: Value) -> bool:
    match value:
        case Constant():
            return True
        case Result():
            return _is_number(value)
        case Mapping():
            return bool(value.items) and all(_fixed(evaluator, side) for _, side in value.items)
        case Sequence():
            return not value.open and _of_equals(evaluator, value)
        case _:
            return False


def _of_equals(evaluator: Evaluator, choices: Sequence) -> bool:
    """Whether all are one number: imgaug draws from between the two of a pair and among those of a list."""
    spelled = {holder_name(item.expr) for item in choices.items}
    if len(spelled) == 1 and "" not in spelled:
        return True  # `(side, side)`, whatever it is
    each = [evaluator.argument(item) for item in choices.items]
    numbers = {value for values in each for value in values}
    return all(each) and len(numbers) == 1 and all(isinstance(value, Constant) for value in numbers)


def _is_number(made: Result) -> bool:
    if made.name in _NUMBERS:
        return True
    _, of_numpy, name = made.name.rpartition("numpy.random.")
    most = _NUMBERS_OF_NUMPY.get(name) if of_numpy else None
    sized = any(keyword.name in {"size", None} for keyword in made.call.keywords)
    return most is not None and len(made.call.args) <= most and not sized

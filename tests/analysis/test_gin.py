"""What gin's configuration binds the parameters of decorated functions and classes to."""

from .examples import TRANSFORMED, Check, Example, assert_as_marked, each

DATA = (
    """
import gin
import numpy as np"""
    + TRANSFORMED
    + """\
@gin.configurable
class Shift:
    def __init__(self, on={on}):
        self.on = on
    def __call__(self, image):
        if self.on:
            image = image + np.random.rand()  # DRAW
        return image
@gin.configurable
def plain(image):
    return image
class Chain:
    def __init__(self, steps):
        self.steps = steps
    def __call__(self, image):
        for step in self.steps:
            image = step(image)
        return image
"""
)
TRAIN = """
import gin
from torch.utils.data import DataLoader
from data import *
{decorator}
def train({params}):
    for batch in DataLoader({data}, num_workers=workers):  # LOADER
        pass
gin.parse_config_file("train.gin")
train()
"""


def bound(
    name: str,
    config: str,
    params: str = "workers=0",
    data: str = "Set(Shift())",
    *,
    decorator: str = "@gin.configurable",
    on: str = "True",
    draws: bool = True,
) -> Example:
    source = DATA.format(on=on)
    train = TRAIN.format(params=params, data=data, decorator=decorator)
    files = {"data.py": source if draws else source.replace("  # DRAW", ""), "train.py": train, "train.gin": config}
    return Example(name, files, ("duplicate", "clean") if draws else None)


@each(
    bound("workers", "train.workers = 4\n"),
    bound("with_its_module_and_scope", "import train\nhere/train.train.workers = 4  # many\n"),
    bound("by_a_macro", "train.workers = %workers\nworkers = 4\n"),
    bound("under_another_name", "fit.workers = 4\n", decorator='@gin.configurable("fit")'),
    bound("where_it_must_be_bound", "train.workers = 4\n", "workers=gin.REQUIRED"),
    bound("an_object", "train.step = @data.Shift()\n", "step=None, workers=2", "Set(step)"),
    bound("a_class", "train.step = @Shift\n", "step=plain, workers=2", "Set(step())"),
    bound("a_list", "train.steps = [\n  @plain,\n  @Shift(),\n]\n", "steps=(), workers=2", "Set(Chain(steps))"),
    bound("a_switch", "Shift.on = True\n", "workers=2", on="False"),
)
def test_bound(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    bound("no_workers", "train.workers = 0\n", "workers=4", draws=False),
    bound("another_function", "test.workers = 4\n", draws=False),
    bound("a_function_that_is_not_told", "train.workers = 4\n", decorator="", draws=False),
    bound("another_step", "train.step = @plain\n", "step=None, workers=2", "Set(step)", draws=False),
    bound("a_switch", "Shift.on = False\n", "workers=2", draws=False),
    bound("a_remark", "# train.workers = 4\n", draws=False),
)
def test_bound_otherwise(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)

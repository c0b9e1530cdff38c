"""What keeps a line from being reached, as far as the objects at hand tell."""

import ast
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import pytest

from miner.verify.inside.conditions import calls_of, handed, refused
from miner.verify.inside.stub import Stub

VALIDATES = SimpleNamespace(train=False, phase="val", low=3, none=0, unknown=Stub("unknown"), chain=None, p=0.0, q=0.5)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return draw()", None),
        ("if self.train: draw()", "self.train holding"),
        ("if not self.train: draw()", None),
        ("if self.phase == 'train':\n    draw()", "self.phase == 'train' holding"),
        ("if self.phase != 'train':\n    return image\nreturn draw()", "self.phase != 'train' not holding"),
        ("for x in image:\n    if not self.train:\n        continue\n    draw()", "not self.train not holding"),
        ("return self.low if type(self.low) == int else draw()", "type(self.low) == int not holding"),
        ("return self.train and draw()", "self.train holding"),
        ("if self.train and image.any(): draw()", "self.train and image.any() holding"),
        ("if self.train or image.any(): draw()", None),
        ("if image.train: draw()", None),
        ("train = image.any()\nif train: draw()", None),
        ("train = self.phase == 'train'\nif train: draw()", "train holding"),
        ("train = self.phase == 'train'\nif image.any():\n    train = True\nif train: draw()", None),
        (
            "if self.low == 4:\n    most = 1\nelif self.train:\n    most = 2\nelse:\n    most = None\nif most: draw()",
            "most holding",
        ),
        ("if self.low == 3:\n    most = 1\nelse:\n    most = None\nif most: draw()", None),
        ("if image.any():\n    most = 1\nelse:\n    most = None\nif most: draw()", None),
        ("if self.low == 3:\n    most = None\nelse:\n    most = 1\nmost = image\nif most: draw()", None),
        ("image = self.low\nif image == 4: draw()", None),
        ("for one in range(self.none): draw()", "range(self.none) not being empty"),
        ("for one in range(self.low): draw()", None),
        ("for one in image: draw()", None),
        ("if flip:\n    flip = draw()", "flip holding"),
        ("flip = image.any()\nif flip:\n    flip = draw()", None),
        ("if other(self.train): draw()", None),
        ("if self.train:\n    draw()\nelse:\n    draw()", None),
        ("if random.random() < self.p: draw()", "random.random() < self.p holding"),
        ("if random.random() < self.q: draw()", None),
        ("if self.q > np.random.rand(): draw()", None),
        ("if random.random() > self.p: draw()", None),
        ("if self.unknown: draw()", "self.unknown holding"),
        ("if self.unknown is not None: draw()", None),
        ("if self.chain is not None: draw()", "self.chain is not None holding"),
        ("if self.train:\n    pass\nelif self.phase == 'val':\n    draw()", None),
    ],
)
def test_a_test_that_the_object_refuses_is_named(body: str, said: str | None) -> None:
    function = _function(body)
    names: dict[str, Any] = {"self": VALIDATES, "other": lambda value: False, "train": False, "flip": False}
    found, _ = refused(function, calls_of(function, "draw"), names, "a.py")
    assert (found or "").startswith(said or ""), found
    assert (found is None) == (said is None), found


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("if image.train: draw()", "image.train holding"),
        ("if other(image):\n    return image\nreturn draw()", "other(image) not holding"),
        ("if other(self.train):\n    draw()\nelse:\n    draw()", None),
        ("if other(image):\n    return draw()\nreturn draw()", None),
        ("if other(image): pass\ndraw()", None),
        ("made = other(image); made.any()\nif made: draw()", None),
        ("made = other(image)\nif made: draw()\nif other(image): pass", None),
    ],
)
def test_a_test_whose_answer_was_guessed_is_named_if_it_is_not_of_data(body: str, said: str | None) -> None:
    function = _function(body)
    names = {"self": VALIDATES, "other": lambda value: False}
    found, _ = refused(function, calls_of(function, "draw"), names, "a.py", {"a.py:2", "a.py:3"})
    assert (found or "").startswith(said or ""), found
    assert (found is None) == (said is None), found


@pytest.mark.parametrize(
    ("calls", "known"),
    [
        ("self.f(x)", {"train": False, "other": None}),
        ("self.f(x, True)", {"train": True, "other": None}),
        ("self.f(x, other=3)", {"train": False, "other": 3}),
        ("self.f(x, train=y)", {"other": None}),
        ("self.f(x, self.train, self.phase)", {"train": False, "other": "val"}),
        ("self.f(x, self.unknown)", {"train": VALIDATES.unknown, "other": None}),
        ("self.f(x), self.f(x, True)", {"other": None}),
        ("self.f(*x)", {}),
        ("self.f(x, **y)", {}),
    ],
)
def test_what_all_calls_hand_over_is_known(calls: str, known: dict[str, Any]) -> None:
    function = ast.parse("def f(self, image, train=False, other=None): pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    found = [node for node in ast.walk(ast.parse(calls)) if isinstance(node, ast.Call)]
    assert handed(found, function, {"self": VALIDATES}, method=True) == known


def _function(body: str) -> ast.FunctionDef:
    source = "def item(self, image, flip=False):\n" + "".join(f"    {line}\n" for line in dedent(body).splitlines())
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    return function

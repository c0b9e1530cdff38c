"""Patches over generated ways of writing the same program: it parses, is clean, and nothing else changes."""

import ast
import difflib

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.fix.fixes import applied, changes, remembering
from analysis.fix.overlay import OverlayTree
from analysis.tree import DirectoryTree

_IMPORTS = ("import numpy as np\n", "import numpy\n", "from numpy import random as npr\n")
_DRAWS = ("np.random.rand()", "numpy.random.rand()", "npr.rand()")
_TORCH = ("import torch\n", "", "import torch as th\n", "import torch.utils.data\n")
_INDENTS = ("    ", "  ", "\t")
_ENDS = ("\n", "\r\n")
_INITS = (
    "",
    "worker_init_fn=None",
    "worker_init_fn=lambda w: {seed}(w)",
    "worker_init_fn=init",
)
_ARGUMENTS = (
    "Set(), 8, num_workers=4{init}",
    "Set(), num_workers=4{init},",
    "\n{i}{i}Set(),\n{i}{i}num_workers=4{init},\n{i}",
    "\n{i}{i}Set(),\n{i}{i}num_workers=4{init}\n{i}",
    "Set(),\n{i}{i}num_workers=4{init}  # four\n{i}",
    "Set(), **options{init}",
    "**dict(dataset=Set(), num_workers=4){init}",
)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A program with a bug, in the words and the layout of somebody."""
    which = draw(st.integers(0, 2))
    indent = draw(st.sampled_from(_INDENTS))
    seed = _DRAWS[which].replace("rand()", "seed")
    init = draw(st.sampled_from(_INITS)).format(seed=seed)
    arguments = draw(st.sampled_from(_ARGUMENTS)).format(init=f", {init}" if init else "", i=indent)
    comment = draw(st.sampled_from(("", "# é, a comment\n", '"""A docstring."""\n')))
    body = (
        f"{comment}{_IMPORTS[which]}{draw(st.sampled_from(_TORCH))}"
        "from torch.utils.data import DataLoader, Dataset\n\n"
        "class Set(Dataset):\n"
        f"{indent}def __len__(self):\n{indent}{indent}return 8\n"
        f"{indent}def __getitem__(self, index):\n{indent}{indent}return {_DRAWS[which]}\n\n"
        f"def init(worker_id):\n{indent}{seed}(worker_id)\n\n"
        "# what follows trains\n"
        f"def main():\n{indent}options = {{'num_workers': 4}}\n"
        f"{indent}loader = DataLoader({arguments})\n{indent}for batch in loader:\n{indent}{indent}print( batch )\n\n"
        f"main()\n"
    )
    return body.replace("\n", draw(st.sampled_from(_ENDS)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(programs())
def test_any_layout_is_mended_with_few_lines_and_once(tmp_path, source):
    (tmp_path / "train.py").write_bytes(source.encode())
    tree = DirectoryTree(tmp_path)
    judge = remembering()
    patches, files = applied(tree, judge=judge)
    after = files["train.py"].decode()
    ast.parse(after)
    report = judge(OverlayTree(tree, files))
    assert report.pairs
    assert not report.has_bug
    assert list(changes(OverlayTree(tree, files), report, judge=judge)) == []
    assert sum(patch.changed_lines for patch in patches) <= 12
    assert after.count("\r\n") in (0, after.count("\n"))
    gone = [line for line in difflib.ndiff(source.splitlines(), after.splitlines()) if line.startswith("- ")]
    assert len(gone) <= 2, gone

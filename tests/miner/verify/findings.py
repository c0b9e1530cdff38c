"""Findings to be put to the test."""

from analysis.engine import analyse
from analysis.report import Pair
from analysis.tree import Tree
from miner.verify.plan import flagged


def first_flagged(tree: Tree) -> Pair:
    """The worst finding of a tree that has one."""
    return flagged(analyse(tree))[0]

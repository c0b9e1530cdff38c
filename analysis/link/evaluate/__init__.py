"""Abstract evaluation, on demand: which values an expression can have in a given activation.

Flow is followed as far as lines and blocks tell, calls as far as their targets are known, branches are left out where
their test is decided. What cannot be followed is an `Unknown` with its name. Every question is bounded: the work for
one loader by `MOST_STEPS`, the depth of calls by `DEEPEST`.
"""

from analysis.link.evaluate.evaluator import Evaluator
from analysis.link.evaluate.machine import MOST_STEPS, UNREADABLE, OptionSource

__all__ = ["MOST_STEPS", "UNREADABLE", "Evaluator", "OptionSource"]

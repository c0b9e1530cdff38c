"""Histories in words that a person understands, for the pages and the command line alike."""

from typing import Final

from analysis.history.change import Ending, Event

EVENT_NAME: Final[dict[Event, str]] = {
    "first": "the oldest commit",
    "introduced": "the bug comes",
    "ended": "the bug is ended",
    "changed": "the bug changes its form",
    "attempt": "a fix that does not end it",
    "other": "something else changes",
}
ENDING_NAME: Final[dict[Ending, str]] = {
    "reseeding": "reseeding in each worker",
    "fresh_generator": "a new generator at each draw",
    "indexed_generator": "a generator seeded by the sample",
    "start_method": "starting workers in another way",
    "persistent_workers": "workers that live on",
    "no_workers": "doing without workers",
    "other_generator": "drawing from something else than NumPy",
    "deleted": "deleting the files that drew",
    "rewritten": "rewriting what drew or loaded",
    "torch_range": "asking for another PyTorch",
    "lost": "a change after which it cannot be read off",
}

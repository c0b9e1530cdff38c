"""What small programs that are made to cost much cost: memory and work, by their size."""

import msgspec

from analysis.engine import analyse
from analysis.facts.module import read_facts
from analysis.report import Report
from tests.support.trees import MemoryTree

DATASET = """
import numpy as np
from torch.utils.data import DataLoader, Dataset

class Samples(Dataset):
    def __getitem__(self, index):
        {}
        return np.random.rand()
"""


def report_of(source: str) -> Report:
    return analyse(MemoryTree({"main.py": source.encode()}))


def match_of(subject: str, alternatives: int) -> str:
    return f"match {subject}:\n            case {'|'.join(['1'] * alternatives)}: pass"


def test_the_tests_of_a_match_hold_no_more_of_its_subject_than_is_told() -> None:
    sizes = [
        len(msgspec.msgpack.encode(read_facts(DATASET.format(match_of(f"[{'a, ' * number}]", number)).encode())))
        for number in (1_000, 2_000)
    ]
    assert sizes[1] < 3 * sizes[0], "four times, where each alternative holds the subject"


def test_what_a_large_subject_of_a_match_does_is_done_all_the_same() -> None:
    subject = f"[np.random.rand(), {'index, ' * 2_000}]"
    report = report_of(DATASET.format(match_of(subject, 100)) + "DataLoader(Samples(), num_workers=2)\n")
    assert [draw.line for pair in report.pairs for draw in pair.draws] == [7, 9]

"""What a repository says of its findings: comments, and the file of answers."""

import pytest

from analysis.engine import analyse
from analysis.part import Part
from analysis.tree import DirectoryTree

SET = """import numpy as np
from torch.utils.data import DataLoader, Dataset
class Set(Dataset):
    def __getitem__(self, index):
        {above}
        return np.random.rand(){beside}
for batch in DataLoader(Set(), num_workers=4):{loader}
    pass
"""


def program(*, above: str = "pass", beside: str = "", loader: str = "") -> str:
    return SET.format(above=above, beside=beside, loader=loader)


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ({"beside": "  # seedwatch: ignore[WS101] each worker has files of its own"}, 6),
        ({"beside": "  # noqa: S311  # seedwatch:ignore[RP104, WS101] each worker has files of its own"}, 6),
        ({"above": "# seedwatch: ignore[WS101] each worker has files of its own"}, 5),
        ({"loader": "  # seedwatch: ignore[WS101] each worker has files of its own"}, 7),
    ],
)
def test_a_comment_with_a_reason_answers_the_finding(check, place, line):
    report = check({"train.py": program(**place)})
    (answer,) = report.answers
    assert (answer.finding, answer.code, answer.says) == (report.pairs[0].id, "WS101", "ignored")
    assert answer.place == f"train.py:{line}"
    assert answer.reason == "each worker has files of its own"
    assert report.verdict == "affected_on_old_torch"


@pytest.mark.parametrize(
    ("comment", "fault"),
    [
        ("# seedwatch: ignore[WS101]", "an ignore without a reason"),
        ("# seedwatch: ignore because", "an ignore without its codes"),
        ("# seedwatch: ignore[FOO, WS102] because", "an ignore of FOO, which is no code"),
    ],
)
def test_a_comment_that_lacks_something_is_named_and_answers_nothing(check, comment, fault):
    report = check({"train.py": program(beside=f"  {comment}")})
    assert report.answers == []
    assert [unread.reason for unread in report.unread] == [f"line 6: {fault}"]


@pytest.mark.parametrize(
    "beside", ["  # seedwatch: ignore[WS102] another", "  # ignore[WS101] of another tool", "  # seedwatch is good"]
)
def test_other_comments_say_nothing(check, beside):
    report = check({"train.py": program(beside=beside)})
    assert (report.answers, report.unread) == ([], [])


def test_a_line_of_code_above_is_not_about_the_next(check):
    report = check({"train.py": program(above="x = 1  # seedwatch: ignore[WS101] of this line")})
    assert report.answers == []


def test_the_file_of_answers_names_findings_by_id_or_by_code_and_path(check):
    finding = check({"train.py": program()}).pairs[0].id
    for name in (f'finding = "{finding}"', 'code = "WS101"\npath = "train.py"'):
        text = f'[[answer]]\n{name}\nsays = "disputed"\nreason = "It has one worker."\n'
        (answer,) = check({"train.py": program(), ".seedwatch.toml": text}).answers
        assert (answer.finding, answer.says, answer.place) == (finding, "disputed", ".seedwatch.toml")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[answer]\n", "not TOML"),
        ('[[answers]]\nfinding = "x"\nsays = "accepted"\nreason = "r"\n', "no such key: answers; an answer is a table"),
        ('[answer]\nfinding = "x"\n', "in two brackets"),
        ('[[answer]]\nfinding = "x"\nsays = "accepted"\nreason = "r"\n', "answer 1: there is no finding x"),
        ('[[answer]]\ncode = "WS101"\npath = "a.py"\nsays = "accepted"\nreason = "r"\n', "no finding WS101 in a.py"),
        ('[[answer]]\nfinding = "x"\nsays = "no"\nreason = "r"\n', "`says` is"),
        ('[[answer]]\nfinding = "x"\nsays = "accepted"\n', "needs a reason"),
        ('[[answer]]\nsays = "accepted"\nreason = "r"\n', "names no finding"),
        ('[[answer]]\nfinding = 3\nsays = "accepted"\nreason = "r"\n', "to be texts"),
        ('[[answer]]\nfinding = "x"\nsays = "accepted"\nreason = "r"\nwho = "me"\n', "no such key: who"),
    ],
)
def test_a_wrong_answer_is_named(check, text, fault):
    report = check({"train.py": program(), ".seedwatch.toml": text})
    assert report.answers == []
    assert fault in report.unread[0].reason


def test_of_a_part_it_is_not_said_which_answers_are_to_nothing(tmp_path):
    (tmp_path / "train.py").write_text(program())
    (tmp_path / ".seedwatch.toml").write_text('[[answer]]\nfinding = "x"\nsays = "accepted"\nreason = "r"\n')
    assert analyse(DirectoryTree(tmp_path), part=Part(("train.py",))).unread == []
    assert len(analyse(DirectoryTree(tmp_path)).unread) == 1

"""The text that a person reads: `expected/*.txt`. REWRITE_EXPECTED=1 writes those files anew, for review."""

import os
from pathlib import Path
from typing import Any

import pytest

from analysis.places import Place
from analysis.report import CheckFinding, Environment, Report, TorchFact, Unread
from seedwatch.output.ink import Ink, ink_for
from seedwatch.output.text import text
from tests.support.reports import not_eligible, pair, report

EXPECTED = Path(__file__).parent / "expected"

WAY = ["data/set.py:30 TrainSet.__getitem__", "data/aug.py:12 Compose.__call__", "data/aug.py:40 Crop.__call__"]
DRAW = pair().draws[0]
CODE = {
    Place("train.py", 17): '    parser.add_argument("--workers", type=int, default=4)',
    Place(
        "train.py", 88
    ): "    loader = DataLoader(TrainSet(args.folder), batch_size=16, shuffle=True, num_workers=args.workers)",
    Place("data/aug.py", 41): "        top = np.random.randint(0, height - size)",
    Place("data/aug.py", 42): "        left = np.random.randint(0, width - size)",
    Place("train.py", 60): "    np.random.seed(worker_id)",
}
DRAWS = [DRAW.model_copy(update={"path": "data/aug.py", "line": line, "via": WAY}) for line in (41, 42)]


def printed(one: Report, *, width: int = 100, ink: Ink = Ink(False)) -> str:  # noqa: B008 - immutable
    return text(one, CODE, ink=ink, width=width)


def on_old_torch(**changes: Any) -> Report:
    return report(
        torch=TorchFact(range="open", specifier=">=1.6", evidence="requirements.txt:3"),
        environments=[
            Environment(torch="<1.9", start="fork", outcome="duplicate"),
            Environment(torch="<1.9", start="spawn", outcome="clean"),
            Environment(torch=">=1.9", start="any", outcome="clean"),
        ],
        pairs=[pair(draws=DRAWS, fix="Pass `worker_init_fn=seed_worker` to the loader.")],
        **changes,
    )


CASES = {
    "one-pair": on_old_torch(),
    "several-pairs": report(
        legacy="epoch_repeat",
        modern="epoch_repeat",
        verdict="affected",
        torch=TorchFact(range="<1.9", specifier="==1.7.1", evidence="setup.py:9"),
        pairs=[
            pair(
                code="WS103", legacy="epoch_repeat", modern="epoch_repeat", reseed="epoch", reseed_at="train.py:60",
                same_every_run=True, workers="literal", workers_value=2, workers_evidence="train.py:88",
                distinct_share=None, persistent_workers=True, start_method="forkserver",
            ),
            pair(
                code="WS201", counts=False, counts_why="not a NumPy generator", workers="unknown",
                workers_value=None, workers_evidence=None, draw_kind="instance",
            ),
            pair(code="WS001", legacy="clean", modern="clean", reseed="good", overlap=True, workers="zero"),
        ],
        checks=[
            CheckFinding(code="RP101", path="train.py", line=9, message="Seeds NumPy and not torch.", fix="Seed torch.")
        ],
        unread=[Unread(path="old.py", reason="syntax: invalid syntax (line 3)"), Unread(path="", reason="cut off")],
    ),
    "not-eligible": not_eligible("imports_torch", why_not_eligible="no_loader"),
    "unknown": report(
        eligible=None, legacy="unknown", modern="unknown", verdict="unknown", pairs=[], commit=None,
        unknown_why="The loader is built by a function that is not in the repository.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_the_expected_one(name):
    file = EXPECTED / f"{name}.txt"
    if os.environ.get("REWRITE_EXPECTED"):
        file.write_text(printed(CASES[name]), "utf-8")
    assert printed(CASES[name]) == file.read_text("utf-8")


@pytest.mark.parametrize("width", [60, 80, 110])
def test_no_line_is_wider_than_asked_but_for_a_long_word(width):
    for line in printed(on_old_torch(), width=width).splitlines():
        assert len(line) <= width or len(line.split()[-1]) > width // 4, line


def test_colour_changes_nothing_else():
    painted = printed(CASES["several-pairs"], ink=Ink(True))
    plain = printed(CASES["several-pairs"])
    assert "\x1b[" in painted
    import re

    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain


def test_what_a_stranger_wrote_cannot_move_the_cursor_or_turn_the_text_round():
    evil = "\x1b[2J\u202egnp.\r\n\x07"
    draw = DRAW.model_copy(update={"path": f"{evil}.py", "via": [f"{evil}.py:3 {evil}"]})
    one = report(
        pairs=[pair(draws=[draw], dataset=evil, loader=f"{evil}:1", entry=f"{evil}:2", why=evil, fix=evil)],
        unread=[Unread(path=evil, reason=evil)],
        checks=[CheckFinding(code="RP101", path=evil, line=1, message=evil)],
    )
    shown = text(one, {Place(f"{evil}.py", 41): evil}, ink=Ink(False))
    assert not set(shown) & {"\x1b", "\u202e", "\r", "\x07"}


def test_many_draws_and_many_unread_files_are_counted_and_not_listed():
    draws = [DRAW.model_copy(update={"line": line}) for line in range(1, 41)]
    unread = [Unread(path=f"{number}.py", reason="syntax") for number in range(25)]
    shown = printed(report(pairs=[pair(draws=draws)], unread=unread))
    assert "and on 32 more lines" in shown
    assert "and 15 more" in shown
    assert shown.count("numpy.random.randint") == 8


@pytest.mark.parametrize(
    ("environment", "terminal", "colour"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({"TERM": "xterm"}, False, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_when_there_is_colour(environment, terminal, colour):
    class Stream:
        def isatty(self) -> bool:
            return terminal

    assert ink_for(Stream(), environment).colour is colour  # type: ignore[arg-type]

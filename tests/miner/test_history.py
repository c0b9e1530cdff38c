"""Histories of small real repositories: what brought the bug, what ended it, what did not."""

import os
import subprocess
from pathlib import Path

import pytest

from miner.git import GitTree
from miner.history import follow, line
from tests.support.hostile import ObjectWriter

DATA = """\
import numpy as np
from torch.utils.data import DataLoader, Dataset

class Crops(Dataset):
    def __getitem__(self, index):
        return np.random.rand()
"""
PLAIN = DATA.replace("np.random.rand()", "index")
LOADER = "loader = DataLoader(Crops(), batch_size=4, num_workers=4{more})\n"
BUG = DATA + LOADER.format(more="")
WORKER_ID = DATA + "def init(worker_id):\n    np.random.seed(worker_id)\n" + LOADER.format(more=", worker_init_fn=init")
GOOD = WORKER_ID.replace("np.random.seed(worker_id)", "np.random.seed()")


class Story:
    """A repository that grows by one commit a day."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer = ObjectWriter(path)
        self.oids: list[str] = []

    def add(self, **files: str) -> str:
        tree = self.writer.tree({f"{name}.py".encode(): text.encode() for name, text in files.items()})
        parents = ["-p", self.oids[-1]] if self.oids else []
        day = f"{1600000000 + 86400 * len(self.oids)} +0000"
        self.writer.git("update-ref", "HEAD", self.commit(tree, parents, day))
        return self.oids[-1]

    def commit(self, tree: str, parents: list[str], day: str) -> str:
        who = {"NAME": "a", "EMAIL": "a@example.org", "DATE": day}
        stamps = {f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in who.items()}
        made = subprocess.run(
            ["git", "commit-tree", tree, *parents, "-m", "x"],
            cwd=self.path,
            env={**os.environ, **stamps},
            capture_output=True,
            text=True,
            check=True,
        )
        self.oids.append(made.stdout.strip())
        return self.oids[-1]

    def history(self):
        found = follow(GitTree.open(self.path))
        assert found is not None
        return found


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path / "r")


def test_the_bug_comes_and_is_ended_by_reseeding(story: Story) -> None:
    story.add(train=PLAIN)
    began = story.add(train=BUG)
    for number in range(5):
        story.add(train=BUG, other=f"print({number})\n")
    ended = story.add(train=GOOD, other="print(4)\n")
    story.add(train=GOOD, other="print('later')\n")
    found = story.history()
    assert [(step.commit, step.event) for step in found.steps] == [
        (story.oids[0], "first"),
        (began, "introduced"),
        (ended, "ended"),
    ]
    (episode,) = found.episodes
    assert (episode.began, episode.ended, episode.ended_by) == (began, ended, "reseeding")
    assert (episode.began_on, episode.ended_on) == ("2020-09-14", "2020-09-20")
    assert not episode.censored
    assert found.exact
    assert found.steps[2].paths == ("train.py",)
    assert any("np.random.seed()" in text for text in found.steps[2].lines)


def test_a_fix_that_does_not_work_is_an_attempt(story: Story) -> None:
    story.add(train=BUG)
    tried = story.add(train=WORKER_ID)
    story.add(train=GOOD)
    (episode,) = story.history().episodes
    assert episode.attempts == 1
    # It was there at the oldest commit: how long before is not known.
    assert episode.censored
    assert [step.commit for step in story.history().steps if step.event == "changed"] == [tried]


def test_a_fix_that_changes_no_verdict_is_an_attempt_too(story: Story) -> None:
    kept = DATA.replace("np.random.rand()", "self.rng.rand()").replace(
        "    def __getitem__",
        "    def __init__(self):\n        self.rng = np.random.RandomState(0)\n\n    def __getitem__",
    )
    init = (
        "def init(worker_id):\n    torch.utils.data.get_worker_info().dataset.rng = np.random.RandomState(0)\n"
        "import torch\n"
    )
    story.add(train=PLAIN)
    story.add(train=kept + LOADER.format(more=""))
    tried = story.add(train=kept + init + LOADER.format(more=", worker_init_fn=init"))
    story.add(train=GOOD)
    found = story.history()
    assert [step.commit for step in found.steps if step.event == "attempt"] == [tried]
    assert found.episodes[0].attempts == 1


def test_a_bug_that_was_mended_and_came_back_has_two_lives(story: Story) -> None:
    for text in (PLAIN, BUG, GOOD, BUG):
        story.add(train=text)
    first, second = story.history().episodes
    assert (first.began, first.ended) == (story.oids[1], story.oids[2])
    assert (second.began, second.ended, second.last_seen_on) == (story.oids[3], None, "2020-09-16")


def test_a_file_that_does_not_parse_for_a_while_ends_nothing(story: Story) -> None:
    story.add(train=PLAIN)
    began = story.add(train=BUG)
    lost = story.add(train=BUG.replace("num_workers=4", "num_workers=4'"))
    story.add(train=BUG)
    found = story.history()
    assert [(step.commit, step.ended_by) for step in found.steps if step.event == "ended"] == [(lost, "lost")]
    (episode,) = found.episodes
    assert (episode.began, episode.ended, episode.censored, episode.last_seen_on) == (began, None, False, "2020-09-16")


def test_two_generators_of_one_dataset_are_no_attempt(story: Story) -> None:
    both = DATA.replace("np.random.rand()", "np.random.rand() + self.rng.rand()").replace(
        "    def __getitem__",
        "    def __init__(self):\n        self.rng = np.random.RandomState(0)\n\n    def __getitem__",
    ) + LOADER.format(more="")
    story.add(train=PLAIN)
    story.add(train=both)
    story.add(train=both, other="import numpy as np\nrng = np.random.RandomState(1)\n")
    (episode,) = story.history().episodes
    assert episode.attempts == 0


def test_what_only_moves_is_not_looked_at_between_equal_commits(story: Story) -> None:
    story.add(train=BUG, other="x = 1\n")
    moved = story.add(main=BUG, other="x = 1\n")
    story.add(main=BUG, other="x = 2\n")
    story.add(main=BUG, other="x = 3\n")
    found = story.history()
    assert (found.suspects, found.looked_at, found.exact) == (1, 2, True)
    assert moved not in {step.commit for step in found.steps}


def test_a_commit_that_changes_no_line_of_weight_is_cited_by_what_it_changes(story: Story) -> None:
    story.add(train=PLAIN)
    story.add(train=BUG.replace("num_workers=4", "num_workers=count"), settings="")
    story.add(train="count = 4\n" + BUG.replace("num_workers=4", "num_workers=count"), settings="")
    found = story.history()
    assert all(step.lines for step in found.steps[1:])
    assert "+return np.random.rand()" in found.steps[1].lines


TRANSFORMED = """\
import numpy as np
from torch.utils.data import DataLoader, Dataset
from options import WIDTH, shaken

class Still:
    def __call__(self, image):
        return image

class Shake:
    def __call__(self, image):
        return image + np.random.rand()

class Images(Dataset):
    def __init__(self, transform):
        self.transform = transform

    def __getitem__(self, index):
        return self.transform(index)

def main():
    size = 4
    loader = DataLoader(Images({made}), batch_size=4, num_workers=4)
"""


def test_what_is_put_on_the_way_to_a_draw_is_cited(story: Story) -> None:
    story.add(train=TRANSFORMED.replace("{made}", "Still()"))
    # The line of the loader stays as it is, and a number beside it changes.
    held = TRANSFORMED.replace("{made}", "made").replace("    size", "    made = Still()\n    size")
    story.add(train=held)
    story.add(train=held.replace("Still()\n", "Shake()\n").replace("size = 4", "size = 5"))
    step = story.history().steps[-1]
    assert (step.event, step.lines) == ("introduced", ("+made = Shake()",))


def test_a_switch_in_a_file_that_no_report_points_to_is_cited(story: Story) -> None:
    switched = TRANSFORMED.replace("{made}", "Shake() if shaken else Still()")
    story.add(train=switched, options="WIDTH = 1\nshaken = False\n")
    story.add(train=switched, options="WIDTH = 1\nshaken = True\n")
    step = story.history().steps[-1]
    assert (step.event, step.lines) == ("introduced", ("-shaken = False", "+shaken = True"))


@pytest.mark.parametrize(
    ("after", "ended_by"),
    [
        ({"train": GOOD}, "reseeding"),
        ({"train": BUG.replace("np.random.rand()", "np.random.default_rng().random()")}, "fresh_generator"),
        ({"train": BUG.replace("np.random.rand()", "np.random.RandomState(index).rand()")}, "indexed_generator"),
        ({"train": BUG.replace("num_workers=4", "num_workers=0")}, "no_workers"),
        (
            {"train": BUG.replace("np.random.rand()", "random.random()").replace("numpy as np", "random")},
            "other_generator",
        ),
        ({"other": "import torch\n"}, "deleted"),
        ({"train": BUG, "requirements": "", "setup": "setup(install_requires=['torch>=2.0'])\n"}, "torch_range"),
    ],
)
def test_what_ended_it(story: Story, after: dict[str, str], ended_by: str) -> None:
    story.add(train=PLAIN)
    story.add(train=BUG)
    story.add(**after)
    (episode,) = story.history().episodes
    assert episode.ended_by == ended_by


def test_another_pytorch_is_cited(tmp_path: Path) -> None:
    writer = ObjectWriter(tmp_path / "r")
    first = writer.commit(writer.tree({b"train.py": BUG.encode(), b"requirements.txt": b"torch==1.4\n"}))
    tree = writer.tree({b"train.py": BUG.encode(), b"requirements.txt": b"torch==2.1\n", b"b.py": b"x = 1\n"})
    second = writer.git("commit-tree", tree, "-p", first, "-m", "x")
    writer.git("update-ref", "HEAD", second)
    found = follow(GitTree.open(tmp_path / "r"))
    assert found is not None
    assert found.steps[-1].ended_by == "torch_range"
    assert found.steps[-1].lines == ("-torch==1.4", "+torch==2.1")


def test_the_line_is_that_of_first_parents(story: Story) -> None:
    base = story.add(train=PLAIN)
    side = story.writer.git(
        "commit-tree", story.writer.tree({b"train.py": BUG.encode()}), "-p", base, "-m", "on a branch"
    )
    main = story.add(train=PLAIN, other="x = 1\n")
    merged = story.writer.tree({b"train.py": BUG.encode(), b"other.py": b"x = 1\n"})
    merge = story.writer.git("commit-tree", merged, "-p", main, "-p", side, "-m", "merge")
    story.writer.git("update-ref", "HEAD", merge)
    found = line.commits(GitTree.open(story.path))
    assert [commit.oid for commit in found] == [base, main, merge]
    assert [changed.path for changed in found[-1].changed] == ["train.py"]


def test_files_that_nothing_reads_are_no_history(tmp_path: Path) -> None:
    writer = ObjectWriter(tmp_path / "r")
    writer.commit(writer.tree({b"LICENSE": b"words\n"}))
    assert follow(GitTree.open(tmp_path / "r")) is None


def test_saved_copies_of_notebooks_are_no_history(story: Story) -> None:
    story.add(train=PLAIN)
    tree = story.writer.tree({b"train.py": PLAIN.encode(), b".ipynb_checkpoints": {b"train.py": BUG.encode()}})
    story.writer.git("update-ref", "HEAD", story.commit(tree, ["-p", story.oids[-1]], "1600600000 +0000"))
    assert story.history().episodes == ()


def test_odd_names_and_deleted_files_are_read(tmp_path: Path) -> None:
    writer = ObjectWriter(tmp_path / "r")
    first = writer.commit(writer.tree({b"new\nline.py": b"x = 1\n", b"\xff.py": b"y = 1\n"}))
    second = writer.git("commit-tree", writer.tree({b"a.py": b"z = 1\n"}), "-p", first, "-m", "x")
    writer.git("update-ref", "HEAD", second)
    changed = line.commits(GitTree.open(tmp_path / "r"))[-1].changed
    assert {(each.path, each.new is None) for each in changed} == {
        ("new\nline.py", True),
        ("\\xff.py", True),
        ("a.py", False),
    }


def test_progress_is_told(story: Story) -> None:
    story.add(train=PLAIN)
    story.add(train=BUG)
    told: list[tuple[int, int]] = []
    follow(GitTree.open(story.path), lambda done, likely: told.append((done, likely)))
    assert [done for done, _ in told] == [1, 2]


def test_a_shallow_copy_has_the_history_that_it_has(story: Story, tmp_path: Path) -> None:
    story.add(train=PLAIN)
    story.add(train=PLAIN, other="a = 1\n")
    story.add(train=BUG)
    story.writer.git("clone", "-q", "--bare", "--depth=2", f"file://{story.path}", str(tmp_path / "shallow"))
    found = follow(GitTree.open(tmp_path / "shallow"))
    assert found is not None
    assert [step.event for step in found.steps] == ["first", "introduced"]

"""Following one repository's verdict from its first commit to its last."""

import gc
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from analysis.engine import ANALYZER_VERSION, look, torch_range
from analysis.history.change import (
    Event,
    at_stake,
    bug_files,
    differ_by_versions,
    ending,
    event,
    is_attempt,
    verdicts,
    worst_bug,
)
from analysis.history.story import Episode, History, Step
from analysis.history.turns import find_turns
from analysis.link.modulecache import ModuleCache
from analysis.report import Report
from miner.git import GitTree
from miner.history import line
from miner.history.cited import cited
from miner.history.line import LineCommit
from miner.history.signals import Signals, tries_a_fix, tries_workers
from miner.history.versions import Kept, Versions

FEWEST_LOOKS = 8
MOST_LOOKS = 400
FEWEST_ATTEMPTS = 2
MOST_ATTEMPTS = 12
STEP_BYTES = 50
"""Bytes whose facts are made while one expression is evaluated; linking takes about as long as making facts."""
WORK_SHARE = 0.7
"""What looks that need not be may cost, beside making the facts of the history's bytes."""
LEAST_WORK = 16 * 2**20
MOST_WORK = 160 * 2**20
"""Of the smallest histories, and of the largest: three seconds, and half a minute."""
ATTEMPTS_SHARE = 0.2
"""As much again for attempts."""

COLLECT_AFTER = (150_000, 20, 50)
"""Allocations, and collections of the younger generation, between two collections: in place of 700, 10 and 10."""
COLLECTED_BYTES = 32 * 2**20
"""Linked sources after which what the looks left behind is collected; it takes some twenty times as much memory."""


def follow(tree: GitTree, progress: Callable[[int, int], None] | None = None) -> History | None:
    """The history up to `tree`'s commit; None where no commit changed a file that the analysis reads.

    `progress` gets how many commits were analysed and how many are likely to be. Raises MinerError.
    """
    commits = line.commits(tree)
    if not commits:
        return None
    # What small looks leave behind is collected during later ones: collecting it at once looks at all that is kept.
    thresholds = gc.get_threshold()
    gc.set_threshold(*COLLECT_AFTER)
    try:
        return _Follower(tree, commits, progress).history()
    finally:
        gc.set_threshold(*thresholds)


class _Follower:
    def __init__(
        self, tree: GitTree, commits: Sequence[LineCommit], progress: Callable[[int, int], None] | None
    ) -> None:
        self._tree = tree
        self._commits = commits
        self._progress = progress
        self._versions = Versions(tree, commits)
        self._signals = Signals(self._versions)
        self._may_work = max(LEAST_WORK, min(MOST_WORK, WORK_SHARE * self._signals.bytes))
        self._facts = Kept()
        self._modules = ModuleCache()
        self._reports: dict[int, Report] = {}
        self._worked = 0
        self._uncollected = 0
        self._suspects = [place for place, commit in enumerate(commits) if any(self._signals.changes(commit.changed))]

    def history(self) -> History:
        self._report(len(self._commits) - 1)
        turns = find_turns(
            len(self._commits),
            self._suspects,
            lambda place: verdicts(self._report(place)),
            self._affordable,
            self._likeliest,
        )
        steps = self._steps(turns.changes)
        return History(
            head=self._tree.commit,
            analyzer_version=ANALYZER_VERSION,
            commits=line.count(self._tree),
            relevant=len(self._commits),
            suspects=len(self._suspects),
            looked_at=len(self._reports),
            exact=turns.exact,
            first_on=self._commits[0].date,
            last_on=self._tree.commit_date or self._commits[-1].date,
            steps=steps,
            episodes=tuple(_episodes(steps, self._tree.commit_date or self._commits[-1].date)),
        )

    def _affordable(self) -> bool:
        """Whether another commit may be analysed that need not be: all of them together cost about one scan."""
        looks = len(self._reports)
        return looks < FEWEST_LOOKS or (looks < MOST_LOOKS and self._worked < self._may_work)

    def _likeliest(self, low: int, high: int) -> Sequence[int]:
        """The suspects after one commit, up to another, that change a file on which what differs between them rests."""
        before, after = self._report(low), self._report(high)
        if differ_by_versions(before, after):
            return [self._other_versions(low, high, before)]
        files = at_stake(before, after)
        between = self._suspects[bisect_right(self._suspects, low) : bisect_right(self._suspects, high)]
        return [place for place in between if any(changed.path in files for changed in self._commits[place].changed)]

    def _other_versions(self, low: int, high: int, before: Report) -> int:
        """Where between two commits the repository comes to admit other versions: its requirements alone are read."""
        while high - low > 1:
            middle = (low + high) // 2
            if torch_range(self._versions.at(middle), before) == before.torch.range:
                low = middle
            else:
                high = middle
        return high

    def _report(self, place: int) -> Report:
        if place not in self._reports:
            report, steps = look(self._versions.at(place), facts=self._facts, modules=self._modules)
            self._reports[place] = report
            self._worked += report.cost.bytes + STEP_BYTES * steps
            self._uncollected += report.cost.bytes
            if self._uncollected > COLLECTED_BYTES:
                self._uncollected = 0
                gc.collect()
            if self._progress is not None:
                self._progress(len(self._reports), self._likely())
        return self._reports[place]

    def _likely(self) -> int:
        """How many commits will be analysed, as far as can be told by now."""
        each = max(1, self._worked // len(self._reports))
        most = min(MOST_LOOKS, max(FEWEST_LOOKS, int(self._may_work) // each))
        return min(most, len(self._suspects))

    def _steps(self, changes: Sequence[int]) -> tuple[Step, ...]:
        steps = {0: self._step(0, "first")}
        for place in changes:
            steps[place] = self._step(place, event(self._report(place - 1), self._report(place)))
        for place in self._attempts(sorted(steps)):
            steps[place] = self._step(place, "attempt")
        return tuple(steps[place] for place in sorted(steps))

    def _attempts(self, known: Sequence[int]) -> Iterator[int]:
        """Commits that add what fixes are made of while the bug lives, and change a pair that has it nonetheless."""
        tried = 0
        most = self._worked + ATTEMPTS_SHARE * self._may_work
        for place in self._suspects:
            if tried >= MOST_ATTEMPTS or (tried >= FEWEST_ATTEMPTS and self._worked > most):
                return
            if place == 0 or place in known:
                continue
            before = self._report(max(step for step in known if step < place))
            if not verdicts(before).has_bug or not self._tries_a_fix(place, bug_files(before)):
                continue
            tried += 1
            if is_attempt(self._report(place - 1), self._report(place)):
                yield place

    def _tries_a_fix(self, place: int, files: Collection[str]) -> bool:
        """Whether a commit adds what fixes are made of to these files, or to others what fixes alone are made of."""
        changed = self._commits[place].changed
        near = [each for each in changed if each.path in files]
        return tries_a_fix(*self._signals.changes(near)) or tries_workers(*self._signals.changes(changed))

    def _step(self, place: int, what: Event) -> Step:
        commit, after = self._commits[place], self._report(place)
        before = self._report(place - 1) if what != "first" else None
        ended_by = None
        if what == "ended" and before is not None:
            ended_by = ending(before, after, {changed.path for changed in commit.changed if changed.new is None})
        bug = worst_bug(after)
        paths, lines = cited(commit, before, after, self._versions)
        return Step(
            commit=commit.oid,
            parent=self._commits[place - 1].oid if before is not None else None,
            date=commit.date,
            event=what,
            verdicts=verdicts(after),
            ended_by=ended_by,
            form=bug.code if bug else None,
            draw_kind=bug.draw_kind if bug else None,
            reseed=bug.reseed if bug else None,
            paths=paths,
            lines=() if what == "first" else lines,
        )


def _episodes(steps: Sequence[Step], last_on: str) -> list[Episode]:
    lives: list[Episode] = []
    alive = False
    for step in steps:
        if not alive and step.verdicts.has_bug:
            alive = True
            if lives and lives[-1].ended_by == "lost":
                # It was only out of sight: the same life goes on.
                seen = replace(lives.pop(), ended=None, ended_on=None, ended_by=None)
                lives.append(replace(seen, censored=seen.began == steps[0].commit))
            else:
                lives.append(Episode(step.commit, step.date, None, None, None, step.date, 0, step.event == "first"))
        elif alive and not step.verdicts.has_bug:
            alive = False
            lives[-1] = replace(
                lives[-1],
                ended=step.commit,
                ended_on=step.date,
                ended_by=step.ended_by,
                last_seen_on=step.date,
                censored=lives[-1].censored or step.ended_by == "lost",
            )
        elif alive and (step.event == "attempt" or (step.event == "changed" and step.reseed != "none")):
            lives[-1] = replace(lives[-1], attempts=lives[-1].attempts + 1)
    if alive:
        lives[-1] = replace(lives[-1], last_seen_on=last_on)
    return lives

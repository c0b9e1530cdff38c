"""Following one repository's verdict from its first commit to its last."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.engine import ANALYZER_VERSION, analyse
from analysis.history.change import Event, ending, event, is_attempt, verdicts, worst_bug
from analysis.history.story import Episode, History, Step
from analysis.history.turns import find_turns
from analysis.report import Report, Unread
from analysis.tree import Entry
from miner.git import GitTree
from miner.history import line
from miner.history.line import LineCommit, Signals

FEWEST_LOOKS = 32
MOST_LOOKS = 400
MOST_ATTEMPTS = 12
MOST_LINES = 10
LONGEST_LINE = 160
KEPT_BYTES = 256 * 2**20
"""Of files that many commits share, read once; and of their facts, made once."""


def follow(tree: GitTree, progress: Callable[[int, int], None] | None = None) -> History | None:
    """The history up to `tree`'s commit; None where no commit changed a file that the analysis reads.

    `progress` gets how many commits were analysed and how many are likely to be. Raises MinerError.
    """
    commits = line.commits(tree)
    if not commits:
        return None
    return _Follower(tree, commits, progress).history()


class _Follower:
    def __init__(
        self, tree: GitTree, commits: Sequence[LineCommit], progress: Callable[[int, int], None] | None
    ) -> None:
        self._tree = tree
        self._commits = commits
        self._progress = progress
        self._signals = Signals(tree, commits)
        self._blobs = _Kept()
        self._facts = _Kept()
        self._reports: dict[int, Report] = {}
        self._suspects = [place for place, commit in enumerate(commits) if any(self._signals.changes(commit))]
        self._most = FEWEST_LOOKS

    def history(self) -> History:
        head = self._report(len(self._commits) - 1)
        # Analysing a commit is to cost about what its bytes do; all of them together, what reading the history does.
        self._most = min(MOST_LOOKS, max(FEWEST_LOOKS, self._signals.bytes // max(1, head.cost.bytes)))
        turns = find_turns(len(self._commits), self._suspects, lambda place: verdicts(self._report(place)), self._most)
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

    def _report(self, place: int) -> Report:
        if place not in self._reports:
            commit = self._commits[place]
            at = GitTree(self._tree.objects, commit.oid, commit.date, self._tree.known)
            self._reports[place] = _slim(analyse(_Cached(at, self._blobs), facts=self._facts))
            if self._progress is not None:
                self._progress(len(self._reports), min(self._most, len(self._suspects)))
        return self._reports[place]

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
        for place in self._suspects:
            if place == 0 or place in known or tried >= MOST_ATTEMPTS:
                continue
            before = max(step for step in known if step < place)
            if not verdicts(self._report(before)).has_bug or not line.tries_a_fix(
                *self._signals.changes(self._commits[place])
            ):
                continue
            tried += 1
            if is_attempt(self._report(place - 1), self._report(place)):
                yield place

    def _step(self, place: int, what: Event) -> Step:
        commit, after = self._commits[place], self._report(place)
        before = self._report(place - 1) if what != "first" else None
        ended_by = None
        if what == "ended" and before is not None:
            ended_by = ending(before, after, {changed.path for changed in commit.changed if changed.new is None})
        bug = worst_bug(after)
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
            paths=self._paths(commit, before, after),
            lines=() if what == "first" else self._lines(commit),
        )

    def _paths(self, commit: LineCommit, before: Report | None, after: Report) -> tuple[str, ...]:
        """The changed files, those that a pair of either report lies in first."""
        told = {
            place.rpartition(":")[0].partition(":c")[0]
            for report in (before, after)
            if report is not None
            for pair in report.pairs
            for place in (pair.entry, pair.loader, *(draw.path + ":" for draw in pair.draws), pair.reseed_at or "")
        }
        changed = [each.path for each in commit.changed]
        return tuple(sorted(changed, key=lambda path: (path not in told, path))[:MOST_LINES])

    def _lines(self, commit: LineCommit) -> tuple[str, ...]:
        removed, added = self._signals.changes(commit)
        moved = removed & added
        marked = [
            *(f"-{_shown(text)}" for text in removed - moved),
            *(f"+{_shown(text)}" for text in added - moved),
        ]
        return tuple(marked[:MOST_LINES])


def _episodes(steps: Sequence[Step], last_on: str) -> Iterator[Episode]:
    open_one: Episode | None = None
    for step in steps:
        if open_one is None and step.verdicts.has_bug:
            first = step.event == "first"
            open_one = Episode(step.commit, step.date, None, None, None, step.date, 0, first)
        elif open_one is not None and not step.verdicts.has_bug:
            yield replace(
                open_one,
                ended=step.commit,
                ended_on=step.date,
                ended_by=step.ended_by,
                last_seen_on=step.date,
                censored=open_one.censored or step.ended_by == "lost",
            )
            open_one = None
        elif open_one is not None and (step.event == "attempt" or (step.event == "changed" and step.reseed != "none")):
            open_one = replace(open_one, attempts=open_one.attempts + 1)
    if open_one is not None:
        yield replace(open_one, last_seen_on=last_on)


def _slim(report: Report) -> Report:
    """The report without what a history never looks at, since hundreds are kept."""
    return report.model_copy(update={"checks": [], "seeds": [], "unread": [], "environments": []})


def _shown(text: bytes) -> str:
    line = text.decode("utf-8", "replace")
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


class _Kept:
    """Bytes by key, the ones used longest ago let go of first. An `analysis.facts.reading.FactsCache` too."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> bytes | None:
        data = self._kept.get(key)
        if data is not None:
            self._kept.move_to_end(key)
        return data

    def keep(self, key: str, data: bytes) -> None:
        self._bytes += len(data) - len(self._kept.pop(key, b""))
        self._kept[key] = data
        while self._bytes > KEPT_BYTES and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= len(gone)

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        return {key: data for key in keys if (data := self.get(key)) is not None}

    def put_many(self, facts: Mapping[str, bytes]) -> None:
        for key, encoded in facts.items():
            self.keep(key, encoded)


@dataclass(frozen=True, slots=True)
class _Cached:
    """A commit's files; those that an earlier commit had too are not read again."""

    tree: GitTree
    blobs: _Kept

    @property
    def commit(self) -> str | None:
        return self.tree.commit

    @property
    def commit_date(self) -> str | None:
        return self.tree.commit_date

    def entries(self) -> Sequence[Entry]:
        return self.tree.entries()

    def unread(self) -> Sequence[Unread]:
        return self.tree.unread()

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes | None]]:
        wanted = list(entries)
        held = {entry.blob: self.blobs.get(entry.blob or "") for entry in wanted}
        missing = iter(self.tree.read([entry for entry in wanted if held[entry.blob] is None]))
        for entry in wanted:
            data = held[entry.blob]
            if data is None:
                _, data = next(missing)
                if data is not None:
                    self.blobs.keep(entry.blob or "", data)
            yield entry, data

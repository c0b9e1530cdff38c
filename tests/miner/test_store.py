"""The store through its door, on both databases."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analysis.report import Report
from miner.store import BadCursor, Excerpt, Filters, FoundScan, RepositoryInfo, Store
from tests.support.reports import COMMIT, not_eligible, pair, report

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def add(store: Store, name: str, found: Report | None = None, **known: Any) -> int:
    """A repository `owner/name`, scanned if a report is given; gives its id."""
    store.upsert_found([RepositoryInfo("owner", name, **known)], source="test")
    repository = store.get_repository("github.com", "owner", name)
    assert repository is not None
    if found is not None:
        store.save_scan(repository.id, FoundScan(found, NOON))
    return repository.id


def names(store: Store, filters: Filters, **how: Any) -> list[str]:
    return [item.repository.name for item in store.list_repositories(filters, **how).items]


class TestRepositories:
    def test_names_are_found_in_any_case(self, store: Store) -> None:
        add(store, "Mixed-Case")
        found = store.get_repository("github.com", "OWNER", "mixed-case")
        assert found is not None
        assert (found.owner, found.name, found.state) == ("owner", "Mixed-Case", "discovered")
        assert found.first_seen.tzinfo is not None

    def test_finding_twice_keeps_one_row_and_brings_it_up_to_date(self, store: Store) -> None:
        first = RepositoryInfo("owner", "one", github_id=7, stars=3, pushed_at=NOON)
        assert store.upsert_found([first], source="search-repos", query="torch") == 1
        again = RepositoryInfo("owner", "one", github_id=7, stars=5)
        assert store.upsert_found([again], source="list") == 0
        found = store.get_repository_by_github_id(7)
        assert found is not None
        assert (found.stars, found.pushed_at) == (5, NOON)
        assert store.get_sources(found.id) == ["list", "search-repos"]

    def test_a_rename_keeps_the_scans(self, store: Store) -> None:
        old = add(store, "before", report(), github_id=7)
        store.upsert_found([RepositoryInfo("new-owner", "after", github_id=7)], source="test")
        renamed = store.get_repository("github.com", "new-owner", "after")
        assert renamed is not None
        assert renamed.id == old
        assert store.get_scan(old) is not None
        assert store.get_repository("github.com", "owner", "before") is None

    def test_a_reused_name_is_another_repository(self, store: Store) -> None:
        old = add(store, "one", report(), github_id=7)
        new = add(store, "one", github_id=8)
        assert new != old
        assert store.get_scan(new) is None
        retired = store.get_repository_by_github_id(7)
        assert retired is not None
        assert (retired.state, retired.name) == ("gone", "one@7")

    def test_a_repository_known_by_name_gets_its_id(self, store: Store) -> None:
        named = add(store, "one", report())
        assert add(store, "one", github_id=7) == named
        assert store.get_scan(named) is not None

    def test_a_name_that_turns_out_to_be_a_known_id_leaves_one_row(self, store: Store) -> None:
        known = add(store, "before", github_id=7)
        add(store, "after", report())
        assert add(store, "after", github_id=7) == known
        assert store.count_repositories() == 1

    def test_a_failure_keeps_the_scans_with_its_reason(self, store: Store) -> None:
        id_ = add(store, "one", report())
        store.record_failure(id_, "timed_out", "no answer\nin 120 s")
        found = store.get_repository("github.com", "owner", "one")
        assert found is not None
        assert (found.state, found.state_reason) == ("timed_out", "no answer in 120 s")
        assert store.get_scan(id_) is not None

    def test_of_a_blocked_repository_nothing_is_shown(self, store: Store) -> None:
        id_ = add(store, "one")
        scan_id = store.save_scan(id_, FoundScan(report(), NOON, excerpts=(Excerpt("train.py", 1, "x"),)))
        store.record_failure(id_, "blocked", "taken down")
        assert store.get_scan(id_) is None
        assert store.list_excerpts(scan_id) == []
        assert store.funnel().scanned == 0


class TestScans:
    def test_a_scan_comes_back_as_it_was_saved(self, store: Store) -> None:
        id_ = add(store, "one")
        found = report(pairs=[pair(counts=False, draw_kind="instance"), pair(id="pair-2", workers="literal")])
        excerpts = (Excerpt("train.py", 80, "loader = DataLoader(\n", "f" * 40),)
        blobs = {"data/set.py": "e" * 40}
        scan_id = store.save_scan(id_, FoundScan(found, NOON, fsck_failed=True, excerpts=excerpts, blobs=blobs))
        scan = store.get_scan(id_)
        assert scan is not None
        assert scan.id == scan_id
        assert (scan.commit, str(scan.commit_date), scan.finished_at) == (COMMIT, "2021-04-11", NOON)
        assert (scan.draw_kind, scan.workers, scan.fsck_failed) == ("global", "literal", True)
        assert store.get_report(scan_id) == found.to_json()
        findings = store.list_findings(scan_id)
        assert [(one.pair_id, one.path, one.line, one.blob) for one in findings] == [
            ("pair-1", "data/set.py", 41, "e" * 40),
            ("pair-2", "data/set.py", 41, "e" * 40),
        ]
        assert tuple(store.list_excerpts(scan_id)) == excerpts
        repository = store.get_repository("github.com", "owner", "one")
        assert repository is not None
        assert (repository.state, repository.head_oid) == ("scanned", COMMIT)

    def test_the_newest_scan_stands_for_the_repository(self, store: Store) -> None:
        id_ = add(store, "one", report())
        second = report(commit="b" * 40, verdict="mitigated")
        store.save_scan(id_, FoundScan(second, NOON + timedelta(days=1)))
        latest = store.get_scan(id_)
        assert latest is not None
        assert latest.commit == "b" * 40
        assert [scan.commit[0] for scan in store.list_scans(id_)] == ["b", "a"]
        earlier = store.get_scan(id_, "a" * 12)
        assert earlier is not None
        assert not earlier.is_latest
        assert store.get_scan(id_, "aaa") is None
        assert store.get_scan(id_, "a%aaaaaa") is None

    def test_the_same_commit_and_analyzer_leaves_one_scan(self, store: Store) -> None:
        id_ = add(store, "one", report())
        store.save_scan(id_, FoundScan(report(), NOON))
        assert len(store.list_scans(id_)) == 1

    def test_what_strangers_write_is_kept_harmlessly(self, store: Store) -> None:
        id_ = add(store, "one")
        hostile = report(pairs=[pair(dataset="a\0b\ud800", workers_value=2**40)])
        scan_id = store.save_scan(
            id_,
            FoundScan(
                hostile.model_copy(update={"pairs": [pair(dataset="a\0b")]}),
                NOON,
                excerpts=(Excerpt("x", 1, "\0\ud800"),),
            ),
        )
        assert store.list_findings(scan_id)[0].dataset == "a\N{REPLACEMENT CHARACTER}b"
        assert store.list_excerpts(scan_id)[0].text == "\N{REPLACEMENT CHARACTER}?"


class TestLists:
    def test_filters(self, store: Store) -> None:
        add(store, "affected", report(), stars=10, github_id=1)
        add(store, "fresh", report(modern="duplicate", verdict="affected"), stars=2000, fork=True, github_id=2)
        add(store, "plain", not_eligible("imports_torch"), github_id=3)
        add(store, "waiting")
        assert names(store, Filters(), sort="worst") == ["fresh", "affected", "plain", "waiting"]
        assert names(store, Filters(verdict=("affected",))) == ["fresh"]
        assert names(store, Filters(verdict=("affected", "not_eligible")), sort="name") == ["fresh", "plain"]
        assert names(store, Filters(eligible=True), sort="stars") == ["fresh", "affected"]
        assert names(store, Filters(scanned=False)) == ["waiting"]
        assert names(store, Filters(min_stars=11)) == ["fresh"]
        assert names(store, Filters(fork=True)) == ["fresh"]
        assert names(store, Filters(year=2021, text="R/AFF")) == ["affected"]
        assert names(store, Filters(text="%")) == []
        assert names(store, Filters(source=("other",))) == []
        assert names(store, Filters(state=("discovered",))) == ["waiting"]
        assert store.count_repositories(Filters(eligible=True)) == 2

    @pytest.mark.parametrize("sort", ["worst", "name", "stars", "recent"])
    def test_pages_show_everything_once_in_order(self, store: Store, sort: Any) -> None:
        for number in range(11):
            found = None if number % 4 == 0 else report(verdict="affected" if number % 3 else "unknown")
            add(store, f"r{number:02}", found, stars=number % 3 or None)
        whole = names(store, Filters(), sort=sort, limit=100)
        assert len(set(whole)) == 11
        seen: list[str] = []
        cursor = None
        while True:
            page = store.list_repositories(sort=sort, cursor=cursor, limit=3)
            seen += [item.repository.name for item in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == whole

    @pytest.mark.parametrize("cursor", ["", "x", "%%%", "W10", "WyJuYW1lIiwxLDJd", "\N{SNOWMAN}", "bnVsbA", "MQ"])
    def test_a_cursor_from_elsewhere_is_refused(self, sqlite_store: Store, cursor: str) -> None:
        with pytest.raises(BadCursor):
            sqlite_store.list_repositories(sort="name", cursor=cursor)

    @pytest.mark.parametrize("text", ['["name","\\ud800",1]', '["name","a\\u0000",1]', "[" * 1_490])
    def test_a_cursor_that_no_database_can_compare_is_refused(self, store: Store, text: str) -> None:
        cursor = urlsafe_b64encode(text.encode()).decode().rstrip("=")
        with pytest.raises(BadCursor):
            store.list_repositories(sort="name", cursor=cursor)

    def test_a_cursor_belongs_to_its_sorting(self, sqlite_store: Store) -> None:
        for name in ("a", "b"):
            add(sqlite_store, name)
        cursor = sqlite_store.list_repositories(sort="stars", limit=1).next_cursor
        with pytest.raises(BadCursor):
            sqlite_store.list_repositories(sort="name", cursor=cursor)


class TestFigures:
    @pytest.fixture
    def reports(self, store: Store) -> list[Report]:
        made = [
            report(),
            report(legacy="clean", verdict="mitigated"),
            report(legacy="unknown", modern="unknown", verdict="unknown", eligible=None),
            report(modern="epoch_repeat", verdict="affected", commit_date=None),
            # A step without the one before it: no part of the funnel from there on.
            not_eligible("imports_torch", "numpy_draw"),
            not_eligible(),
        ]
        for number, one in enumerate(made):
            add(store, f"r{number}", one, stars=None if number else 50)
        add(store, "waiting")
        return made

    def test_the_funnel_is_a_recount_of_the_reports(self, store: Store, reports: list[Report]) -> None:
        counts = store.funnel()
        steps = ["imports_torch", "custom_code_in_loader", "numpy_draw", "draw_in_worker", "multiprocess_loader"]
        left = reports
        assert counts.scanned == len(left)
        for step in steps:
            left = [one for one in left if getattr(one.funnel, step)]
            assert getattr(counts, step) == len(left), step
        assert counts.affected == len([one for one in left if one.verdict.startswith("affected")]) == 2

    def test_prevalence_over_all(self, store: Store, reports: list[Report]) -> None:
        (whole,) = store.prevalence()
        assert (whole.scanned, whole.eligible, whole.not_eligible, whole.undecided) == (6, 3, 2, 1)
        assert (whole.legacy_bug, whole.modern_bug, whole.legacy_unknown, whole.affected) == (2, 1, 0, 2)
        assert sum(whole.verdicts.values()) == whole.scanned

    @pytest.mark.parametrize(
        ("by", "groups"),
        [
            ("verdict", ["affected", "affected_on_old_torch", "mitigated", "not_eligible", "unknown"]),
            ("torch_range", ["open"]),
            ("year", ["2021", "unknown"]),
            ("stars", ["10-99", "unknown"]),
            ("draw_kind", ["global", "none"]),
            ("reseed", ["no pair", "none"]),
            ("workers", ["default", "none"]),
        ],
    )
    def test_groups_add_up_to_the_whole(self, store: Store, reports: list[Report], by: Any, groups: list[str]) -> None:
        parts = store.prevalence(by)
        assert [part.group for part in parts] == groups
        (whole,) = store.prevalence()
        assert sum(part.scanned for part in parts) == whole.scanned
        assert sum(part.legacy_bug for part in parts) == whole.legacy_bug

    def test_filters_narrow_the_figures(self, store: Store, reports: list[Report]) -> None:
        assert store.funnel(Filters(min_stars=1)).scanned == 1
        assert store.prevalence(filters=Filters(verdict=("mitigated",)))[0].eligible == 1

    def test_an_empty_store_counts_to_nothing(self, store: Store) -> None:
        assert store.prevalence()[0].scanned == 0
        assert store.prevalence("year") == []
        assert store.funnel().affected == 0
        assert store.states().repositories == {}

    def test_states(self, store: Store, reports: list[Report]) -> None:
        counts = store.states()
        assert counts.repositories == {"scanned": 6, "discovered": 1}
        assert counts.last_finished_at == NOON

"""Code is quoted where a licence is, or where it is its reader's own; and nothing is kept of what is gone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analysis.report import Report
from analysis.tree import DirectoryTree
from miner.jobs.analysis import LocalSource, Task, carry_out
from miner.jobs.runner import run_scans
from miner.jobs.scanner import may_be_quoted
from miner.licences import has_licence
from miner.settings import Settings
from miner.store import GITHUB, LOCAL, Excerpt, FoundScan, RepositoryInfo, Session, Store, repositories, watches
from tests.support.githttps import Answer, GitHttpsServer
from tests.support.hostile import TRAIN, build_repository
from tests.support.reports import report

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("LICENSE", True),
        ("license.md", True),
        ("LICENCE.txt", True),
        ("LICENSE-APACHE", True),
        ("LICENSE.BSD", True),
        ("MIT-LICENSE.txt", True),
        ("COPYING", True),
        ("COPYING.LESSER", True),
        ("UNLICENSE", True),
        ("LICENSES/Apache-2.0.txt", True),
        ("license.py", False),
        ("license.svg", False),
        ("copyings.txt", False),
        ("third_party/LICENSE", False),
        ("README.md", False),
    ],
)
def test_a_licence_is_known_by_the_name_of_its_file(tmp_path: Path, path: str, is_one: bool) -> None:
    file = tmp_path / path
    file.parent.mkdir(exist_ok=True)
    file.write_text("words\n")
    assert has_licence(DirectoryTree(tmp_path)) is is_one


@pytest.mark.parametrize(
    ("files", "own", "licensed", "quoted"),
    [({}, False, False, False), ({b"LICENSE": b"MIT\n"}, False, True, True), ({}, True, False, True)],
    ids=["no licence", "a licence", "its reader's own"],
)
def test_only_under_a_licence_are_lines_part_of_the_answer(
    tmp_path: Path, files: dict[bytes, bytes], own: bool, licensed: bool, quoted: bool
) -> None:
    commit = build_repository(tmp_path / "r", {b"train.py": TRAIN, **files})
    task = Task(LocalSource(tmp_path / "r", commit), "o/n", 2**31, 60, may_be_quoted=own)
    answer = carry_out(task)
    assert Report.model_validate_json(answer["report"]).verdict == "affected_on_old_torch"
    assert (answer["licensed"], bool(answer["excerpts"]), bool(answer["patches"])) == (licensed, quoted, quoted)


@pytest.mark.parametrize(
    ("host", "licence", "own"),
    [(LOCAL, None, True), (GITHUB, "MIT", True), (GITHUB, "NONE", False), (GITHUB, None, False)],
)
def test_local_code_is_its_readers_own_and_a_host_may_know_a_licence(
    sqlite_store: Store, host: str, licence: str | None, own: bool
) -> None:
    sqlite_store.upsert_found([RepositoryInfo("o", "n", host=host, licence=licence)], source="list")
    (listed,) = sqlite_store.list_repositories().items
    assert may_be_quoted(listed.repository) is own


def gone(session: Session, repository_id: int) -> list[bool]:
    """A repository that is not found on three days, and twice on the first of them."""
    days = [timedelta(), timedelta(hours=1), timedelta(days=1), timedelta(days=2)]
    return [watches.not_found(session, repository_id, NOON + day) for day in days]


def blocked(session: Session, repository_id: int) -> list[bool]:
    repositories.set_state(session, repository_id, "blocked", "taken down")
    return [True]


@pytest.mark.parametrize(("becoming", "when"), [(gone, [False, False, False, True]), (blocked, [True])])
def test_no_code_is_kept_of_what_its_host_does_not_serve_any_more(
    store: Store, becoming: Callable[[Session, int], list[bool]], when: list[bool]
) -> None:
    store.upsert_found([RepositoryInfo("o", "n", github_id=7, licence="MIT")], source="list")
    row = store.get_repository("github.com", "o", "n")
    assert row is not None
    scan_id = store.save_scan(row.id, FoundScan(report(), NOON, excerpts=(Excerpt("train.py", 1, "x"),), licensed=True))
    scan = store.get_scan(row.id)
    assert scan is not None
    assert (scan.licensed, len(store.list_excerpts(scan_id))) == (True, 1)
    with store.changing() as session:
        assert becoming(session, row.id) == when
    row = store.get_repository("github.com", "o", "n")
    assert row is not None
    assert (row.state, row.licence) == (becoming.__name__, "MIT")
    assert (store.get_scan(row.id), store.list_excerpts(scan_id)) == (None, [])


def test_a_repository_that_is_gone_leaves_no_copy(settings: Settings, sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    with GitHttpsServer(tmp_path / "served", tmp_path) as server:
        build_repository(server.repository("o/n"), {b"train.py": TRAIN})
        changed = {"git_url": server.base_url, "ca_file": server.ca_file, "scan_concurrency": 1}
        online = settings.model_copy(update={**changed, "database_url": sqlite_store.url})
        run_scans(online, ["o/n"])
        assert len(list(online.cache_dir.glob("mirrors/*.git"))) == 1
        server.answer("o/n", Answer(404))
        assert dict(run_scans(online, ["o/n"]).by_state) == {"gone": 1}
        assert list(online.cache_dir.glob("mirrors/*.git")) == []

from dataclasses import replace
from pathlib import Path

import pytest

from miner import git as miner_git
from miner.errors import (
    BadTarget,
    Blocked,
    Empty,
    FetchFailed,
    Gone,
    Hostile,
    MinerError,
    RateLimited,
    TimedOut,
    TooLarge,
    Unreachable,
)
from miner.git import GitTree
from miner.gitfetch import Fetched, FetchLimits, fetch
from tests.support.githttps import Answer, GitHttpsServer
from tests.support.hostile import ObjectWriter, build_bomb, build_hostile, build_repository

LIMITS = FetchLimits(seconds=60)


def fetch_from(
    server: GitHttpsServer,
    name: str,
    destination: Path,
    oid: str | None = None,
    limits: FetchLimits = LIMITS,
    size_kb: int | None = 10,
) -> Fetched:
    return fetch(
        server.url(name),
        destination,
        oid=oid,
        limits=limits,
        ca_file=server.ca_file,
        user_agent="seedwatch/test",
        size_kb=size_kb,
    )


def paths(fetched: Fetched) -> dict[str, bytes | None]:
    tree = GitTree.open(fetched.path)
    return {entry.path: content for entry, content in tree.read(tree.entries())}


def test_the_default_branch_is_fetched_without_its_history(server: GitHttpsServer, tmp_path: Path) -> None:
    writer = ObjectWriter(server.repository("o/n"))
    first = writer.commit(writer.tree({b"a.py": b"first\n"}))
    second = writer.git("commit-tree", writer.tree({b"a.py": b"second\n"}), "-p", first, "-m", "more")
    writer.git("update-ref", "HEAD", second)
    fetched = fetch_from(server, "o/n", tmp_path / "d")
    assert fetched == Fetched(tmp_path / "d", second, fsck_failed=False)
    assert paths(fetched) == {"a.py": b"second\n"}
    with pytest.raises(MinerError):
        GitTree.open(fetched.path, first)
    assert {request.headers["User-Agent"] for request in server.requests} == {"seedwatch/test"}


def test_a_named_commit_is_fetched(server: GitHttpsServer, tmp_path: Path) -> None:
    writer = ObjectWriter(server.repository("o/n"))
    first = writer.commit(writer.tree({b"a.py": b"first\n"}))
    writer.commit(writer.tree({b"a.py": b"second\n"}))
    fetched = fetch_from(server, "o/n", tmp_path / "d", oid=first)
    assert fetched.oid == first
    assert paths(fetched) == {"a.py": b"first\n"}


def test_relative_paths_are_those_of_the_caller(
    server: GitHttpsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_repository(server.repository("o/n"), {b"a.py": b"1\n"})
    monkeypatch.chdir(tmp_path)
    url, ca_file = server.url("o/n"), server.ca_file.relative_to(tmp_path)
    fetched = fetch(url, Path("d"), oid=None, limits=LIMITS, ca_file=ca_file, user_agent="seedwatch/test")
    assert fetched.path == tmp_path / "d"
    assert paths(fetched) == {"a.py": b"1\n"}


def test_large_files_stay_away_but_for_notebooks(server: GitHttpsServer, tmp_path: Path) -> None:
    writer = ObjectWriter(server.repository("o/n"))
    notebook, too_large = b"#" * 2 * 2**20, b"#" * 6 * 2**20
    files = {b"a.py": b"1\n", b"weights.py": b"0" * 2 * 2**20, b"n.ipynb": notebook, b"huge.ipynb": too_large}
    writer.commit(writer.tree(files))
    fetched = fetch_from(server, "o/n", tmp_path / "d")
    assert paths(fetched) == {"a.py": b"1\n", "weights.py": None, "n.ipynb": notebook}


def test_notebooks_over_the_limit_stay_missing_and_cost_nothing_else(server: GitHttpsServer, tmp_path: Path) -> None:
    writer = ObjectWriter(server.repository("o/n"))
    noise = bytes(range(256)) * 4096 * 2
    writer.commit(writer.tree({b"a.py": b"1\n", b"n.ipynb": noise}))
    fetched = fetch_from(server, "o/n", tmp_path / "d", limits=replace(LIMITS, notebook_pack_bytes=4096))
    assert paths(fetched) == {"a.py": b"1\n", "n.ipynb": None}


def test_what_a_fetch_leaves_behind_downloads_nothing_later(server: GitHttpsServer, tmp_path: Path) -> None:
    writer = ObjectWriter(server.repository("o/n"))
    writer.commit(writer.tree({b"a.py": b"#" * 2 * 2**20}))
    fetched = fetch_from(server, "o/n", tmp_path / "d")
    assert "remote" not in (fetched.path / "config").read_text()
    asked = len(server.requests)
    assert paths(fetched) == {"a.py": None}
    assert len(server.requests) == asked


def test_a_tree_that_git_refuses_is_fetched_once_more_and_marked(server: GitHttpsServer, tmp_path: Path) -> None:
    oid = build_hostile(server.repository("o/hostile"))
    fetched = fetch_from(server, "o/hostile", tmp_path / "in" / "d")
    assert fetched == Fetched(tmp_path / "in" / "d", oid, fsck_failed=True)
    read = paths(fetched)
    assert read["zeros.py"] is None
    assert read["train.py"] is not None
    assert [found.name for found in (tmp_path / "in").iterdir()] == ["d"]
    assert sum(file.stat().st_size for file in fetched.path.rglob("*") if file.is_file()) < 100_000


def test_traps_that_git_does_not_refuse_need_no_second_fetch(server: GitHttpsServer, tmp_path: Path) -> None:
    build_hostile(server.repository("o/traps"), zeros=2 * 2**20, refused=False)
    assert not fetch_from(server, "o/traps", tmp_path / "d").fsck_failed


def test_a_tree_bomb_is_fetched_as_the_few_objects_that_it_is(
    server: GitHttpsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(miner_git, "MAX_ENTRIES", 5_000)
    oid = build_bomb(server.repository("o/bomb"))
    assert fetch_from(server, "o/bomb", tmp_path / "d").oid == oid


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(404), Gone),
        (Answer(401, {"WWW-Authenticate": 'Basic realm="GitHub"'}), Gone),
        (Answer(403), Blocked),
        (Answer(451), Blocked),
        (Answer(429, {"Retry-After": "60"}), RateLimited),
        (Answer(500), FetchFailed),
        # git takes a page for an old kind of server that has nothing.
        (Answer(200, {"Content-Type": "text/html"}, b"<p>hello"), Empty),
        (Answer(302, {"Location": "http://127.0.0.1/o/n.git/info/refs?service=git-upload-pack"}), Hostile),
        (Answer(302, {"Location": "file:///etc/passwd"}), Hostile),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Answer) else value.__name__,
)
def test_each_answer_has_its_error(
    server: GitHttpsServer, tmp_path: Path, answer: Answer, error: type[Exception]
) -> None:
    # A name that is itself a word of git's for a fault decides nothing.
    server.answer("o/corrupt", answer)
    with pytest.raises(error) as raised:
        fetch_from(server, "o/corrupt", tmp_path / "d")
    assert type(raised.value) is error
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "d").exists()


def test_a_repository_that_was_never_there_is_gone(server: GitHttpsServer, tmp_path: Path) -> None:
    with pytest.raises(Gone):
        fetch_from(server, "o/nothing", tmp_path / "d")


def test_a_repository_without_commits_is_empty(server: GitHttpsServer, tmp_path: Path) -> None:
    ObjectWriter(server.repository("o/n"))
    with pytest.raises(Empty):
        fetch_from(server, "o/n", tmp_path / "d")


def test_a_commit_that_is_no_longer_there_is_said_so(server: GitHttpsServer, tmp_path: Path) -> None:
    build_repository(server.repository("o/n"), {b"a.py": b""})
    with pytest.raises(FetchFailed, match="no longer has this commit"):
        fetch_from(server, "o/n", tmp_path / "d", oid="1" * 40)


def test_something_else_than_a_commit_is_refused(server: GitHttpsServer, tmp_path: Path) -> None:
    writer = ObjectWriter(server.repository("o/n"))
    blob = writer.blob(b"text\n")
    writer.commit(writer.tree({b"a.py": b"text\n"}))
    with pytest.raises(FetchFailed, match="something else than a commit"):
        fetch_from(server, "o/n", tmp_path / "d", oid=blob)
    assert not (tmp_path / "d").exists()


def test_a_server_that_breaks_off_is_said_so(server: GitHttpsServer, tmp_path: Path) -> None:
    writer = ObjectWriter(server.repository("o/n"))
    lost = writer.blob(b"2\n")
    writer.commit(writer.tree({b"a.py": b"1\n", b"b.py": b"2\n"}))
    (server.repository("o/n") / "objects" / lost[:2] / lost[2:]).unlink()
    with pytest.raises(FetchFailed, match="broke off"):
        fetch_from(server, "o/n", tmp_path / "d")


def test_a_pack_over_the_limit_is_too_large(server: GitHttpsServer, tmp_path: Path) -> None:
    writer = ObjectWriter(server.repository("o/n"))
    # More than 100 objects, so that they stay in one pack.
    writer.commit(writer.tree({b"%d.py" % number: b"%d" % number**500 for number in range(2, 202)}))
    with pytest.raises(TooLarge):
        fetch_from(server, "o/n", tmp_path / "d", limits=replace(LIMITS, pack_bytes=8192))


def test_a_server_that_does_not_answer_times_out(server: GitHttpsServer, tmp_path: Path) -> None:
    server.answer("o/slow", Answer(200, delay=30))
    with pytest.raises(TimedOut):
        fetch_from(server, "o/slow", tmp_path / "d", limits=replace(LIMITS, seconds=0.5))
    assert not (tmp_path / "d").exists()


def test_a_place_that_cannot_be_written_is_said_so(server: GitHttpsServer, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FetchFailed, match="git failed"):
        fetch_from(server, "o/n", tmp_path / "file" / "d")


@pytest.mark.parametrize("host", ["127.0.0.1:1", "nowhere.invalid"])
def test_a_server_that_is_not_there_cannot_be_reached(tmp_path: Path, host: str) -> None:
    with pytest.raises(Unreachable, match=r"^no connection to the server: is there a network, "):
        fetch(
            f"https://{host}/o/n.git",
            tmp_path / "d",
            oid=None,
            limits=LIMITS,
            ca_file=None,
            user_agent="seedwatch/test",
        )
    assert not (tmp_path / "d").exists()


def test_what_is_kept_outlives_a_server_that_is_away(server: GitHttpsServer, tmp_path: Path) -> None:
    build_repository(server.repository("o/n"), {b"a.py": b"1\n"})
    fetched = fetch_from(server, "o/n", tmp_path / "d")
    with pytest.raises(Unreachable):
        fetch(
            "https://127.0.0.1:1/o/n.git",
            fetched.path,
            oid=None,
            limits=LIMITS,
            ca_file=None,
            user_agent="seedwatch/test",
        )
    assert paths(fetched) == {"a.py": b"1\n"}


def test_a_certificate_of_nobody_we_know_is_refused(server: GitHttpsServer, tmp_path: Path) -> None:
    build_repository(server.repository("o/n"), {b"a.py": b""})
    with pytest.raises(FetchFailed, match="certificate"):
        fetch(server.url("o/n"), tmp_path / "d", oid=None, limits=LIMITS, ca_file=None, user_agent="seedwatch/test")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/o/n.git", "file:///etc", "ext::sh -c true", "--upload-pack=true", "o/n"]
)
def test_nothing_but_https_is_fetched(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadTarget):
        fetch(url, tmp_path / "d", oid=None, limits=LIMITS, ca_file=None, user_agent="seedwatch/test")


def test_a_folder_with_something_in_it_is_left_alone(server: GitHttpsServer, tmp_path: Path) -> None:
    build_repository(server.repository("o/n"), {b"a.py": b""})
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "kept").touch()
    with pytest.raises(FileExistsError):
        fetch_from(server, "o/n", tmp_path / "d")
    assert (tmp_path / "d" / "kept").exists()

import asyncio
from pathlib import Path

import pytest

from miner.errors import BadTarget, Blocked, Empty, FetchFailed, Gone, RateLimited, TimedOut, Unreachable
from miner.github import lsrefs
from miner.github.lsrefs import Head, head, open_client
from tests.support.githttps import Answer, GitHttpsServer
from tests.support.hostile import ObjectWriter, build_repository


def ask(server: GitHttpsServer, url: str, ca_file: Path | None = None) -> Head:
    async def asking() -> Head:
        async with open_client(user_agent="seedwatch/test", ca_file=ca_file or server.ca_file) as client:
            return await head(client, url)

    return asyncio.run(asking())


def test_one_request_says_where_a_repository_stands(server: GitHttpsServer) -> None:
    oid = build_repository(server.repository("o/n"), {b"a.py": b""})
    assert ask(server, server.url("o/n")) == Head(oid, "master")
    assert [(request.method, request.path) for request in server.requests] == [("POST", "/o/n.git/git-upload-pack")]
    assert server.requests[0].headers["User-Agent"] == "seedwatch/test"


def test_branches_may_have_any_name(server: GitHttpsServer) -> None:
    writer = ObjectWriter(server.repository("o/n"))
    writer.git("symbolic-ref", "HEAD", "refs/heads/übung/eins")
    oid = writer.commit(writer.tree({b"a.py": b""}))
    assert ask(server, server.url("o/n")) == Head(oid, "übung/eins")


def test_a_head_without_a_branch_has_none(server: GitHttpsServer) -> None:
    oid = build_repository(server.repository("o/n"), {b"a.py": b""})
    (server.repository("o/n") / "HEAD").write_text(f"{oid}\n")
    assert ask(server, server.url("o/n")) == Head(oid, None)


def test_many_refs_cost_nothing(server: GitHttpsServer) -> None:
    oid = build_repository(server.repository("o/n"), {b"a.py": b""})
    refs = "".join(f"{oid} refs/pull/{number}/head\n" for number in range(5000))
    (server.repository("o/n") / "packed-refs").write_text(refs)
    assert ask(server, server.url("o/n")).oid == oid


def test_a_repository_without_commits_is_empty(server: GitHttpsServer) -> None:
    ObjectWriter(server.repository("o/n"))
    with pytest.raises(Empty):
        ask(server, server.url("o/n"))


def test_a_repository_that_was_never_there_is_gone(server: GitHttpsServer) -> None:
    with pytest.raises(Gone):
        ask(server, server.url("o/nothing"))


@pytest.mark.parametrize("location", ["/new/name.git/git-upload-pack", "{base}/new/name.git/git-upload-pack"])
@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_renamed_repository_says_where_it_is_now(server: GitHttpsServer, status: int, location: str) -> None:
    oid = build_repository(server.repository("new/name"), {b"a.py": b""})
    server.answer("old/name", Answer(status, {"Location": location.format(base=server.base_url)}))
    assert ask(server, server.url("old/name")) == Head(oid, "master", moved_to=server.url("new/name"))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(404), Gone),
        (Answer(401, {"WWW-Authenticate": 'Basic realm="GitHub"'}), Gone),
        (Answer(410), Gone),
        (Answer(403), Blocked),
        (Answer(451), Blocked),
        (Answer(429), RateLimited),
        (Answer(500), FetchFailed),
        (Answer(304), FetchFailed),
        (Answer(200, {}, b"<html>"), FetchFailed),
        (Answer(200, {}, b""), FetchFailed),
        (Answer(200, {}, b"fff0short"), FetchFailed),
        (Answer(200, {}, b"0001"), FetchFailed),
        (Answer(200, {}, b"000dnonsense"), FetchFailed),
        (Answer(200, {}, b"000d\xff\xff\xff\xff\xff\xff\xff\xff\xff"), FetchFailed),
        (Answer(200, {}, b"0010one HEAD two0000"), Empty),
        (Answer(200, {}, b"0" * 100_000), FetchFailed),
        (Answer(301, {"Location": "/o/n.git/git-upload-pack"}), FetchFailed),
        (Answer(301, {"Location": "/login"}), FetchFailed),
        (Answer(301, {"Location": "https://example.org/o/n.git/git-upload-pack"}), FetchFailed),
        (Answer(301, {"Location": "http://127.0.0.1/o/n.git/git-upload-pack"}), FetchFailed),
        (Answer(301, {"Location": "https://[::1"}), FetchFailed),
        (Answer(301), FetchFailed),
    ],
)
def test_each_answer_has_its_error(server: GitHttpsServer, answer: Answer, error: type[Exception]) -> None:
    server.answer("o/n", answer)
    with pytest.raises(error) as raised:
        ask(server, server.url("o/n"))
    assert type(raised.value) is error
    assert "\n" not in str(raised.value)


def test_a_pause_that_a_server_asks_for_is_passed_on(server: GitHttpsServer) -> None:
    server.answer("o/n", Answer(429, {"Retry-After": "42"}))
    with pytest.raises(RateLimited) as raised:
        ask(server, server.url("o/n"))
    assert raised.value.retry_after == 42


def test_a_server_that_does_not_answer_times_out(server: GitHttpsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lsrefs, "TIMEOUT_SECONDS", 0.3)
    server.answer("o/n", Answer(200, delay=30))
    with pytest.raises(TimedOut):
        ask(server, server.url("o/n"))


def test_no_connection_is_said_so(tmp_path: Path, server: GitHttpsServer) -> None:
    with pytest.raises(Unreachable, match=r"^no connection to 127\.0\.0\.1: "):
        ask(server, "https://127.0.0.1:1/o/n.git")


def test_a_certificate_of_nobody_we_know_does_not_mend_itself(server: GitHttpsServer, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with (
        GitHttpsServer(tmp_path, tmp_path / "other") as other,
        pytest.raises(FetchFailed, match="CERTIFICATE_VERIFY_FAILED") as raised,
    ):
        ask(server, other.url("o/n"))
    assert type(raised.value) is FetchFailed


def test_nothing_but_https_is_asked(server: GitHttpsServer) -> None:
    with pytest.raises(BadTarget):
        ask(server, "http://127.0.0.1:1/o/n.git")


def test_a_host_without_an_address_is_said_in_words(server: GitHttpsServer) -> None:
    with pytest.raises(Unreachable, match=r"^the address of nowhere\.invalid cannot be found: is there a network, "):
        ask(server, "https://nowhere.invalid/o/n.git")

"""How a repository is written in an item, and read again."""

from pathlib import Path

import pytest

from miner.errors import BadTarget
from miner.jobs.queued import identity_of, item_of, once_each, remote_of, target_of
from miner.jobs.requests import as_items
from miner.targets import LocalTarget, parse_github, parse_remote


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("github.com", "owner", "name"), "owner/name"),
        (("github.com", "owner", "name.git"), "owner/name"),
        (("gitlab.com", "group/sub", "name"), "https://gitlab.com/group/sub/name"),
        (("GitLab.com", "group", "name"), "https://gitlab.com/group/name"),
        (("git.example.org:8443", "-", "name"), "https://git.example.org:8443/name"),
        (("[2001:db8::1]", "owner", "name"), "https://[2001:db8::1]/owner/name"),
    ],
)
def test_three_parts_name_a_repository(parts: tuple[str, str, str], text: str) -> None:
    host, owner, name = parts
    item = item_of(remote_of(*parts))
    assert item.target == text
    assert item.identity is not None
    found = item.identity
    assert (found.host, found.owner, found.name) == (host.lower(), owner, name.removesuffix(".git"))
    assert item_of(parse_remote(text)) == item
    assert str(target_of(text)) == text


@pytest.mark.parametrize(
    "parts",
    [
        ("github.com", "/etc as owner", "name"),
        ("github.com", "/etc", "passwd"),
        ("github.com", "~root", "x"),
        ("github.com", "..", "name"),
        ("github.com", "owner/other", "name"),
        ("github.com", "-", "owner"),
        ("github.com", "owner", "name#x as other/name"),
        ("github.com", "https:", "/gitlab.com"),
        ("github.com/owner/name#", "a", "b"),
        ("www.github.com", "owner", "name"),
        ("gitlab.com/group", "owner", "name?"),
        ("user@gitlab.com", "owner", "name"),
        ("gitlab.com", "owner/name/-", "blob"),
        ("gitlab.com", "owner", "name "),
        ("gitlab.com", "owner", "na\nme"),
        ("gitlab.com:port", "owner", "name"),
        ("", "owner", "name"),
        ("[::1", "owner", "name"),
    ],
)
def test_a_part_is_read_as_nothing_but_that_part(parts: tuple[str, str, str]) -> None:
    with pytest.raises(BadTarget):
        remote_of(*parts)


def test_another_server_is_part_of_who_it_is() -> None:
    assert identity_of(parse_remote("https://gitlab.com/a/b")) != identity_of(parse_remote("a/b"))


def test_each_is_an_item_once_as_it_came_first() -> None:
    items = once_each(map(item_of, map(parse_github, ["Owner/name", "https://github.com/owner/NAME", "owner/other"])))
    assert [item.target for item in items] == ["Owner/name", "owner/other"]


def test_only_what_was_kept_as_a_path_is_read_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    late = as_items(["late"])[0].target
    (tmp_path / "late").mkdir()
    (tmp_path / "owner" / "name").mkdir(parents=True)
    assert target_of(str(tmp_path)) == target_of(f"{tmp_path} as owner/name") == LocalTarget(tmp_path)
    assert str(target_of("owner/name")) == "owner/name"
    with pytest.raises(BadTarget, match="was no folder when it was asked for"):
        target_of(late)
    with pytest.raises(BadTarget):
        target_of("owner/name as other/name")

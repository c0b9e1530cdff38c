"""What users write becomes the items of a run."""

from pathlib import Path

import pytest

from miner.errors import BadTarget
from miner.jobs.requests import as_items, read_request
from miner.targets import LocalTarget


def identity(text: str) -> str:
    known = read_request(text).identity
    assert known is not None
    return f"{known.host} {known.owner} {known.name}"


def test_a_github_repository_is_known_by_its_name() -> None:
    assert identity("https://github.com/Owner/name.git") == "github.com Owner name"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://gitlab.com/group/sub/name.git", "gitlab.com group/sub name"),
        ("https://git.example.org:8443/name", "git.example.org:8443 - name"),
    ],
)
def test_another_server_is_part_of_the_name(url: str, expected: str) -> None:
    assert identity(url) == expected


def test_a_local_repository_is_its_path(tmp_path: Path) -> None:
    assert read_request(str(tmp_path)).identity is None


def test_a_local_copy_can_be_given_its_name(tmp_path: Path) -> None:
    text = f"{tmp_path} as owner/name"
    assert identity(text) == "github.com owner name"
    assert read_request(text).text == text


def test_what_comes_before_as_is_a_path_and_what_follows_is_never_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "copies" / "name").mkdir(parents=True)
    (tmp_path / "nonsense").mkdir()
    monkeypatch.chdir(tmp_path)
    assert read_request("copies/name as owner/name").target == LocalTarget(tmp_path / "copies" / "name")
    with pytest.raises(BadTarget, match="'nonsense' does not name a repository on GitHub: write PATH as OWNER/NAME"):
        read_request("copies/name as nonsense")


@pytest.mark.parametrize(
    "text", ["owner/name as other/name", "https://example.org/x as owner/name", ". as ./x", " as a/b"]
)
def test_other_uses_of_as_say_what_to_write(text: str) -> None:
    with pytest.raises(BadTarget, match="write "):
        read_request(text)


def test_relative_paths_do_not_depend_on_the_folder_of_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert [item.target for item in as_items(["."])] == [str(tmp_path)]


def test_a_target_is_asked_for_once() -> None:
    items = as_items(["owner/name", "https://github.com/OWNER/name", "git@github.com:owner/name.git", " owner/name "])
    assert [item.target for item in items] == ["owner/name"]


@pytest.mark.parametrize("text", ["no such thing", "https://example.org/a\udcff", "a/b\0", ""])
def test_what_cannot_be_read_is_an_item_too(text: str) -> None:
    (item,) = as_items([text])
    assert (item.target, item.identity) == (text, None)

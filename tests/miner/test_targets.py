from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.errors import BadTarget
from miner.targets import GitHubTarget, LocalTarget, UrlTarget, parse_remote, parse_target


@pytest.mark.parametrize(
    "text",
    [
        "openai/ebm_code_release",
        "  openai/ebm_code_release\n",
        "github.com/openai/ebm_code_release",
        "https://github.com/openai/ebm_code_release",
        "https://github.com/openai/ebm_code_release/",
        "https://github.com/openai/ebm_code_release.git",
        "https://www.github.com/openai/ebm_code_release",
        "https://GitHub.com/openai/ebm_code_release",
        "http://github.com/openai/ebm_code_release",
        "https://github.com/openai/ebm_code_release/tree/master/models",
        "https://github.com/openai/ebm_code_release/blob/master/data.py#L10-L12",
        "https://github.com/openai/ebm_code_release?tab=readme-ov-file#usage",
        "https://someone:secret@github.com/openai/ebm_code_release.git",
        "git@github.com:openai/ebm_code_release.git",
        "github.com:openai/ebm_code_release",
        "ssh://git@github.com/openai/ebm_code_release.git",
        "ssh://git@ssh.github.com:443/openai/ebm_code_release.git",
        "git://github.com/openai/ebm_code_release.git",
        "https://api.github.com/repos/openai/ebm_code_release/commits",
        "https://raw.githubusercontent.com/openai/ebm_code_release/master/data.py",
        "https://codeload.github.com/openai/ebm_code_release/zip/refs/heads/master",
        "git+https://github.com/openai/ebm_code_release.git@v1.0#egg=ebm",
        "github:openai/ebm_code_release",
        "gh:openai/ebm_code_release",
        "openai / ebm_code_release",
        "openai/ebm_code_release@v1.0",
        "openai/ebm_code_release#12",
        "<https://github.com/openai/ebm_code_release>",
        "'openai/ebm_code_release'",
    ],
)
def test_any_spelling_of_a_github_address_is_read(text: str) -> None:
    assert parse_target(text) == GitHubTarget("openai", "ebm_code_release")


@pytest.mark.parametrize("name", [".github", "a.b", "_", "-", "x" * 100, "name.git.git"])
def test_odd_names_that_github_allows_are_read(name: str) -> None:
    assert parse_target(f"owner/{name}") == GitHubTarget("owner", name.removesuffix(".git"))


def test_an_address_elsewhere_is_kept_as_it_is() -> None:
    assert parse_target("https://GitLab.com/a/b/c.git/?x=1#y") == UrlTarget("https://gitlab.com/a/b/c.git")
    assert parse_target("https://gitlab.com/a/b/c/-/blob/main/d.py") == UrlTarget("https://gitlab.com/a/b/c")
    assert parse_target("https://127.0.0.1:8443/o/n.git") == UrlTarget("https://127.0.0.1:8443/o/n.git")
    assert parse_target("https://[2001:DB8::1]:8443/o/n") == UrlTarget("https://[2001:db8::1]:8443/o/n")


def test_a_folder_is_read_as_its_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "my repo" / "inner"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    spellings = [str(folder), "./my repo/inner", "~/my repo/inner", "my repo/../my repo/inner"]
    assert [parse_target(spelling) for spelling in spellings] == [LocalTarget(folder)] * 4
    monkeypatch.chdir(tmp_path / "my repo")
    assert parse_target("inner") == LocalTarget(folder)
    assert parse_target(".") == LocalTarget(tmp_path / "my repo")


def test_two_words_with_a_slash_are_githubs_even_beside_such_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert parse_target("a/b") == GitHubTarget("a", "b")
    assert parse_target("./a/b") == LocalTarget(tmp_path / "a" / "b")


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "write OWNER/NAME"),
        ("nothing-of-that-name", "does not exist"),
        ("./nothing", "does not exist"),
        ("a/b/c", "does not exist"),
        ("owner/", "does not exist"),
        ("owner/na me", "write OWNER/NAME"),
        ("owner/..", "write OWNER/NAME"),
        ("own.er/name", "write OWNER/NAME"),
        ("owner/.git", "write OWNER/NAME"),
        ("owner/--upload-pack=x;y", "write OWNER/NAME"),
        ("https://github.com/owner", "write OWNER/NAME"),
        ("https://github.com/", "write OWNER/NAME"),
        ("http://gitlab.com/a/b", "write https://"),
        ("git://example.org/a/b", "write https://"),
        ("file:///etc/passwd", "write https://"),
        ("ext::sh -c true", "write https://"),
        ("git@gitlab.com:a/b.git", "write https://gitlab.com/a/b.git"),
        ("https://example.org", "write https://HOST/PATH"),
        ("https://example.org/a b", "write https://HOST/PATH"),
        ("https://user:secret@example.org/a/b", "leave them out"),
        ("https://[::1/a", "write OWNER/NAME"),
        ("https://example.org:port/a/b", "write OWNER/NAME"),
        ("owner/name\n--upload-pack=x", "write OWNER/NAME"),
        ("/dev/null", "is a file"),
        ("x" * 5000, "cannot be looked at"),
        ("~no-such-user-here/x", "cannot be looked at"),
    ],
)
def test_anything_else_is_refused_with_what_to_write(text: str, advice: str) -> None:
    with pytest.raises(BadTarget) as raised:
        parse_target(text)
    assert advice in str(raised.value)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["there", "./there", "a:/there/there", "a:/b/../../there", "~/there", "/dev/null"])
def test_of_what_can_only_be_elsewhere_the_disk_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    def said() -> str:
        with pytest.raises(BadTarget) as raised:
            parse_remote(text)
        return str(raised.value)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    without = said()
    for file in (Path("there"), Path("a:/there/there")):
        file.parent.mkdir(exist_ok=True, parents=True)
        file.touch()
    assert said() == without
    assert "names no repository elsewhere" in without


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        target = parse_target(text)
    except BadTarget:
        return
    assert isinstance(target, LocalTarget) or parse_target(str(target)) == target


def test_a_target_says_where_git_finds_it() -> None:
    target = GitHubTarget("o", "n")
    assert target.clone_url() == "https://github.com/o/n.git"
    assert target.clone_url("https://127.0.0.1:8443/") == "https://127.0.0.1:8443/o/n.git"

import os
import subprocess
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from analysis.tree import Entry
from miner import git as miner_git
from miner.errors import Empty, GitMissing, NotARepository, UnknownCommit
from miner.git import MAX_FILE_BYTES, MAX_NOTEBOOK_BYTES, GitTree
from tests.support.hostile import (
    TRAIN,
    Object,
    ObjectWriter,
    build_bomb,
    build_hostile,
    build_repository,
    poison_configuration,
)


def contents(tree: GitTree) -> dict[str, bytes | None]:
    return {entry.path: data for entry, data in tree.read(tree.entries())}


def reasons(tree: GitTree) -> dict[str, str]:
    return {left.path: left.reason for left in tree.unread()}


def test_a_bare_repository_is_read_at_its_head(tmp_path: Path) -> None:
    oid = build_repository(tmp_path / "r", {b"b.py": b"2\n", b"a": {b"x.py": b"1\n"}, b"empty.py": b""})
    tree = GitTree.open(tmp_path / "r")
    assert tree.commit == oid
    assert tree.commit_date == "2021-04-11"
    assert [entry.path for entry in tree.entries()] == ["a/x.py", "b.py", "empty.py"]
    assert [entry.size for entry in tree.entries()] == [2, 2, 0]
    assert contents(tree) == {"a/x.py": b"1\n", "b.py": b"2\n", "empty.py": b""}
    assert tree.unread() == []


def test_a_work_tree_is_read_as_committed_not_as_it_lies(tmp_path: Path) -> None:
    build_repository(tmp_path / "bare", {b"a.py": b"committed\n"})
    subprocess.run(["git", "clone", "-q", tmp_path / "bare", tmp_path / "work"], check=True)
    (tmp_path / "work" / "a.py").write_text("changed\n")
    (tmp_path / "work" / "new.py").write_text("new\n")
    assert contents(GitTree.open(tmp_path / "work")) == {"a.py": b"committed\n"}


def test_a_linked_work_tree_has_a_head_of_its_own(tmp_path: Path) -> None:
    writer = ObjectWriter(tmp_path / "bare")
    first = writer.commit(writer.tree({b"a.py": b"first\n"}))
    writer.commit(writer.tree({b"a.py": b"second\n"}))
    writer.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"), first)
    assert contents(GitTree.open(tmp_path / "linked")) == {"a.py": b"first\n"}


def test_any_commit_can_be_named(tmp_path: Path) -> None:
    writer = ObjectWriter(tmp_path / "r")
    first = writer.commit(writer.tree({b"a.py": b"first\n"}))
    writer.commit(writer.tree({b"a.py": b"second\n"}))
    writer.git("tag", "v1", first)
    assert [contents(GitTree.open(tmp_path / "r", rev)) for rev in (first, first[:10], "v1")] == [
        {"a.py": b"first\n"}
    ] * 3


def test_a_repository_of_the_newer_hash_is_read_too(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "--object-format=sha256", tmp_path / "r"], check=True)
    (tmp_path / "r" / "a.py").write_text("1\n")
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", tmp_path / "r", "add", "."], check=True)
    subprocess.run(["git", "-C", tmp_path / "r", *identity, "commit", "-q", "-m", "files"], check=True)
    assert contents(GitTree.open(tmp_path / "r")) == {"a.py": b"1\n"}


@pytest.mark.parametrize("rev", ["nothing", "0" * 40, "--all", "HEAD:a.py", "a\0b", ""])
def test_an_unknown_commit_is_said_so(tmp_path: Path, rev: str) -> None:
    build_repository(tmp_path / "r", {b"a.py": b""})
    with pytest.raises(UnknownCommit):
        GitTree.open(tmp_path / "r", rev)


def test_a_folder_without_a_repository_is_said_so_even_inside_of_one(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "inner").mkdir()
    with pytest.raises(NotARepository):
        GitTree.open(tmp_path / "inner")


def test_a_folder_that_only_looks_like_a_repository_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "HEAD").write_text("nonsense\n")
    with pytest.raises(NotARepository):
        GitTree.open(tmp_path)


@pytest.mark.parametrize("pointer", ["gitdir: /nowhere\n", "\0", "x" * 5000, "gitdir: .\n"])
def test_a_pointer_to_no_repository_is_said_so(tmp_path: Path, pointer: str) -> None:
    (tmp_path / ".git").write_text(pointer)
    with pytest.raises(NotARepository):
        GitTree.open(tmp_path)


def test_a_repository_without_commits_is_empty(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    with pytest.raises(Empty):
        GitTree.open(tmp_path)


def test_a_machine_without_git_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_repository(tmp_path / "r", {b"a.py": b""})
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitMissing):
        GitTree.open(tmp_path / "r")


def test_large_files_are_left_out_and_sources_among_them_named(tmp_path: Path) -> None:
    writer = ObjectWriter(tmp_path / "r")
    writer.commit(
        writer.tree(
            {
                b"just.py": Object(0o100644, writer.zeros(MAX_FILE_BYTES)),
                b"over.py": Object(0o100644, writer.zeros(MAX_FILE_BYTES + 1)),
                b"over.bin": Object(0o100644, writer.zeros(MAX_FILE_BYTES + 1)),
                b"just.ipynb": Object(0o100644, writer.zeros(MAX_NOTEBOOK_BYTES)),
                b"over.ipynb": Object(0o100644, writer.zeros(MAX_NOTEBOOK_BYTES + 1)),
            }
        )
    )
    tree = GitTree.open(tmp_path / "r")
    assert [entry.path for entry in tree.entries()] == ["just.ipynb", "just.py"]
    assert reasons(tree) == {"over.py": "too large: 1,048,577 bytes", "over.ipynb": "too large: 5,242,881 bytes"}


def test_installed_packages_that_were_committed_are_left_out(tmp_path: Path) -> None:
    installed = {b"numpy": {b"lib.py": b"1\n"}}
    files = {
        b"venv": {b"lib": {b"python3.8": {b"site-packages": installed}}, b"train.py": b"2\n"},
        b"usr": {b"dist-packages": installed},
        b"site-packages.py": b"3\n",
        b"my-site-packages": {b"own.py": b"4\n"},
    }
    build_repository(tmp_path / "r", files)
    assert sorted(contents(GitTree.open(tmp_path / "r"))) == [
        "my-site-packages/own.py",
        "site-packages.py",
        "venv/train.py",
    ]


def test_what_jupyter_saved_beside_notebooks_is_left_out(tmp_path: Path) -> None:
    files = {
        b"work.ipynb": b"{}\n",
        b".ipynb_checkpoints": {b"work-checkpoint.ipynb": b"{}\n"},
        b"deep": {b".ipynb_checkpoints": {b"work-checkpoint.py": b"1\n"}, b"ipynb_checkpoints": {b"own.py": b"2\n"}},
        b"list.ipynb_checkpoints": {b"own.py": b"3\n"},
    }
    build_repository(tmp_path / "r", files)
    assert sorted(contents(GitTree.open(tmp_path / "r"))) == [
        "deep/ipynb_checkpoints/own.py",
        "list.ipynb_checkpoints/own.py",
        "work.ipynb",
    ]


def test_hostile_entries_are_left_out_and_named(tmp_path: Path) -> None:
    build_hostile(tmp_path / "r", zeros=2 * 2**20)
    tree = GitTree.open(tmp_path / "r")
    read = contents(tree)
    assert sorted(read) == [
        "--upload-pack=touch.py",
        ".gitattributes",
        ".gitmodules",
        "broken.py",
        "deep.py",
        "latin.py",
        "null.py",
        "train.py",
    ]
    assert read["train.py"] == TRAIN
    assert read["latin.py"] == b"# caf\xe9\nimport torch\n"
    assert read["null.py"] == b"import torch\0\n"
    assert reasons(tree) == {
        "../escape.py": "hostile name: leads out of the repository or into its .git folder",
        ".git/hooks/post-checkout": "hostile name: leads out of the repository or into its .git folder",
        "caf\\xe9.py": "name is not UTF-8",
        "sub": "submodule: another repository, not followed",
        "two\\nlines.py": "hostile name: control characters",
        "zeros.py": "too large: 2,097,152 bytes",
    }


def test_a_tree_bomb_ends_at_the_cap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(miner_git, "MAX_ENTRIES", 5_000)
    build_bomb(tmp_path / "r")
    tree = GitTree.open(tmp_path / "r")
    assert len(tree.entries()) == 5_000
    assert reasons(tree) == {"": "the listing of files was stopped after 5,000 names"}


def test_only_so_many_hostile_names_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(miner_git, "MAX_NAMED_UNREAD", 3)
    build_repository(tmp_path / "r", {b"%d\n.py" % number: b"" for number in range(10)})
    unread = GitTree.open(tmp_path / "r").unread()
    assert len(unread) == 4
    assert unread[-1].reason == "7 more were left out and are not named here"


def test_nothing_that_a_configuration_names_is_run(tmp_path: Path) -> None:
    build_repository(tmp_path / "r", {b"a.py": b"1\n"})
    poison_configuration(tmp_path / "r", tmp_path / "marker")
    lost = loose_object(tmp_path / "r", GitTree.open(tmp_path / "r").entries()[0])
    lost.unlink()
    assert contents(GitTree.open(tmp_path / "r")) == {"a.py": None}
    assert not (tmp_path / "marker").exists()


def test_missing_blobs_are_none_and_nothing_is_downloaded_for_them(tmp_path: Path) -> None:
    build_repository(tmp_path / "bare", {b"a.py": b"1\n", b"big.py": b"#" * 5000, b"c.py": b"3\n"})
    subprocess.run(["git", "-C", tmp_path / "bare", "config", "uploadpack.allowFilter", "true"], check=True)
    source = f"file://{tmp_path / 'bare'}"
    partial = tmp_path / "partial"
    subprocess.run(["git", "clone", "-q", "--bare", "--filter=blob:limit=1k", source, partial], check=True)
    tree = GitTree.open(partial)
    assert contents(tree) == {"a.py": b"1\n", "big.py": None, "c.py": b"3\n"}
    assert [entry.path for entry in tree.missing()] == ["big.py"]


def test_missing_folders_are_said(tmp_path: Path) -> None:
    build_repository(tmp_path / "bare", {b"a.py": b"1\n", b"folder": {b"b.py": b"2\n"}})
    subprocess.run(["git", "-C", tmp_path / "bare", "config", "uploadpack.allowFilter", "true"], check=True)
    source = f"file://{tmp_path / 'bare'}"
    subprocess.run(["git", "clone", "-q", "--bare", "--filter=tree:1", source, tmp_path / "partial"], check=True)
    tree = GitTree.open(tmp_path / "partial")
    tree.entries()
    assert reasons(tree) == {"": "the listing of files ended early: folders are missing or damaged in this copy"}


@pytest.mark.parametrize("place", [0, -6], ids=["head", "end"])
def test_a_damaged_object_costs_only_itself(tmp_path: Path, place: int) -> None:
    build_repository(tmp_path / "r", {b"%d.py" % number: b"%d\n" % number for number in range(6)})
    entries = GitTree.open(tmp_path / "r").entries()
    for entry in (entries[1], entries[4]):
        damage(loose_object(tmp_path / "r", entry), place)
    tree = GitTree.open(tmp_path / "r")
    assert contents(tree) == {
        f"{number}.py": None if number in {1, 4} else f"{number}\n".encode() for number in range(6)
    }


def test_more_is_read_than_fits_into_the_pipes(tmp_path: Path) -> None:
    many = {b"%04d.py" % number: b"%d" % number * 500 for number in range(3000)}
    build_repository(tmp_path / "r", {b"a": many, b"b": many})
    tree = GitTree.open(tmp_path / "r")
    read = contents(tree)
    assert len(read) == 6000
    assert read["b/2999.py"] == b"2999" * 500


def test_reading_can_stop_anywhere(tmp_path: Path) -> None:
    build_repository(tmp_path / "r", {b"%d.py" % number: b"x" * 900_000 for number in range(9)})
    tree = GitTree.open(tmp_path / "r")
    with closing(cast("Generator[tuple[Entry, bytes | None]]", tree.read([*tree.entries()] * 20))) as reading:
        assert next(reading)[1] == b"x" * 900_000
    assert children() == set()


def test_an_entry_without_a_blob_id_is_none(tmp_path: Path) -> None:
    build_repository(tmp_path / "r", {b"a.py": b"1\n"})
    tree = GitTree.open(tmp_path / "r")
    foreign = Entry("b.py", None, 3)
    assert list(tree.read([foreign, *tree.entries()])) == [(foreign, None), (tree.entries()[0], b"1\n")]


def loose_object(repository: Path, entry: Entry) -> Path:
    assert entry.blob is not None
    return repository / "objects" / entry.blob[:2] / entry.blob[2:]


def damage(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place : place + 6 or None] = b"damage"
    path.write_bytes(content)


def children() -> set[str]:
    """The processes that this one has started and not yet waited for."""
    return set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())

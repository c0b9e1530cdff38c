"""Files that a kept repository has are not transferred for another: forks, and code that was copied from elsewhere."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from miner.blobindex import BlobIndex
from miner.git import GitTree
from miner.gitfetch import FetchLimits, fetch
from miner.mirrors import MEGABYTE, Mirrors
from tests.support.githttps import GitHttpsServer
from tests.support.hostile import Folder, ObjectWriter

CODE = {f"m{number}.py".encode(): b"# " + os.urandom(6_000).hex().encode() for number in range(30)}


@pytest.fixture
def mirrors(tmp_path: Path) -> Mirrors:
    return Mirrors(tmp_path / "mirrors", 100 * MEGABYTE)


def serve(server: GitHttpsServer, name: str, files: Folder) -> None:
    writer = ObjectWriter(server.repository(name))
    writer.commit(writer.tree(files))


def bring(server: GitHttpsServer, mirrors: Mirrors, name: str) -> tuple[int, dict[str, bytes | None]]:
    """The bytes that were transferred, and the files."""
    before = server.sent_bytes
    with mirrors.holding(server.url(name)) as folder:
        fetch(
            server.url(name),
            folder,
            oid=None,
            limits=FetchLimits(seconds=60),
            ca_file=server.ca_file,
            user_agent="test",
            lend=mirrors.lend,
        )
        tree = GitTree.open(folder)
        mirrors.tell(folder, tree)
        contents = {entry.path: content for entry, content in tree.read(tree.entries())}
    return server.sent_bytes - before, contents


def test_of_a_fork_only_what_it_changed_is_transferred(server: GitHttpsServer, mirrors: Mirrors) -> None:
    serve(server, "o/parent", {b"pkg": CODE})
    changed = {**CODE, b"m3.py": b"import torch\n"}
    serve(server, "other/fork", {b"pkg": changed})
    whole, _ = bring(server, mirrors, "o/parent")
    part, found = bring(server, mirrors, "other/fork")
    assert found == {f"pkg/{path.decode()}": content for path, content in changed.items()}
    assert part < whole / 20
    mirrors.let_go(server.url("o/parent"))
    again, found = bring(server, mirrors, "other/fork")
    assert found["pkg/m5.py"] == CODE[b"m5.py"]
    assert again < whole / 20


def test_a_folder_copied_from_elsewhere_is_not_transferred_again(server: GitHttpsServer, mirrors: Mirrors) -> None:
    serve(server, "o/library", {b"src": {b"pkg": CODE}})
    serve(server, "o/program", {b"pkg": CODE, b"main.py": b"import pkg\n"})
    whole, _ = bring(server, mirrors, "o/library")
    part, found = bring(server, mirrors, "o/program")
    assert set(found) == {"main.py", *(f"pkg/{path.decode()}" for path in CODE)}
    assert part < whole / 20


def test_what_is_lent_is_looked_for_where_it_is(server: GitHttpsServer, mirrors: Mirrors) -> None:
    serve(server, "o/parent", {b"pkg": CODE})
    serve(server, "other/fork", {b"pkg": CODE})
    serve(server, "third/fork", {b"pkg": CODE})
    whole, contents = bring(server, mirrors, "o/parent")
    with mirrors.holding(server.url("o/parent")) as parent:
        busy, found = bring(server, mirrors, "other/fork")  # somebody is at the parent
        assert found == contents
        assert busy > whole / 2
        for pack in (parent / "objects" / "pack").iterdir():
            pack.chmod(0o600)
            pack.write_bytes(b"rubbish")
    mirrors.let_go(server.url("other/fork"))
    damaged, found = bring(server, mirrors, "third/fork")
    assert found == contents
    assert damaged > whole / 2


def test_without_its_notes_everything_is_transferred_and_noted_anew(server: GitHttpsServer, mirrors: Mirrors) -> None:
    for name in ("o/parent", "a/fork", "b/fork"):
        serve(server, name, {b"pkg": CODE})
    whole, _ = bring(server, mirrors, "o/parent")
    for notes in mirrors.folder.glob("blobs.sqlite*"):
        notes.write_bytes(b"no database" * 1000)
    assert bring(server, mirrors, "a/fork")[0] > whole / 2
    bring(server, mirrors, "a/fork")
    assert bring(server, mirrors, "b/fork")[0] < whole / 20


def test_the_notes_name_few_holders_of_what_everybody_has_and_forget_what_is_gone(tmp_path: Path) -> None:
    blobs = [f"{number:040x}" for number in range(3)]
    with closing(BlobIndex(tmp_path / "blobs.sqlite")) as index:
        for number in range(50):
            index.note(f"holder {number:02}", blobs)
        assert len(index.holders(blobs, 100)) == 20
        index.note("close", [*blobs, "9" * 40])
        assert index.holders([*blobs, "9" * 40], 100)[0] == "holder 00"
        assert index.holders(["9" * 40], 100) == ["close"]
        index.forget("holder 00")
        assert index.holders(blobs, 1) == ["holder 01"]

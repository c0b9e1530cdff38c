"""Repositories made to harm whoever reads them, built object by object, since git itself refuses to make them.

Beside the traps lies one honest program, `train.py`, so that a scan has something to find.
"""

import hashlib
import os
import stat
import subprocess
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = 0o100644
LINK = 0o120000
FOLDER = 0o040000
SUBMODULE = 0o160000

TRAIN = b"""\
import numpy as np
from torch.utils.data import DataLoader, Dataset


class Noise(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        return np.random.rand(3)


loader = DataLoader(Noise(), batch_size=2, num_workers=4)
for batch in loader:
    print(batch)
"""


@dataclass(frozen=True, slots=True)
class Object:
    """An entry of a tree that is not simply a file: its mode and the object that it names."""

    mode: int
    oid: str


Folder = Mapping[bytes, "bytes | Object | Folder"]


class ObjectWriter:
    """Writes git objects that no porcelain would write, into a bare repository at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "-q", "--bare", "--template=", ".")

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, input=stdin, capture_output=True, check=True, env=_ENV
        )
        return done.stdout.decode().strip()

    def blob(self, content: bytes) -> str:
        return self._loose(b"blob", content)

    def zeros(self, size: int) -> str:
        """A blob of `size` zero bytes, made without holding them."""
        hole = self.path / "hole"
        with hole.open("wb") as file:
            file.truncate(size)
        try:
            return self.git("-c", "core.bigFileThreshold=1m", "hash-object", "-w", "--no-filters", str(hole))
        finally:
            hole.unlink()

    def tree(self, folder: Folder) -> str:
        """A tree with exactly these names, whatever they are."""
        entries = []
        for name, content in folder.items():
            match content:
                case bytes():
                    entries.append((name, FILE, self.blob(content)))
                case Object(mode, oid):
                    entries.append((name, mode, oid))
                case _:
                    entries.append((name, FOLDER, self.tree(content)))
        # git sorts folders as if their names ended in a slash.
        entries.sort(key=lambda entry: entry[0] + (b"/" if entry[1] == FOLDER else b""))
        raw = b"".join(b"%o %s\0%s" % (mode, name, bytes.fromhex(oid)) for name, mode, oid in entries)
        return self._loose(b"tree", raw)

    def _loose(self, kind: bytes, content: bytes) -> str:
        raw = b"%s %d\0%s" % (kind, len(content), content)
        oid = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
        folder = self.path / "objects" / oid[:2]
        folder.mkdir(exist_ok=True)
        (folder / oid[2:]).write_bytes(zlib.compress(raw, 1))
        return oid

    def commit(self, tree: str) -> str:
        """A commit of `tree` on the default branch."""
        oid = self.git("commit-tree", tree, "-m", "files")
        self.git("update-ref", "HEAD", oid)
        return oid


def build_repository(path: Path, files: Folder) -> str:
    """A bare repository at `path` with one commit of `files`; its id."""
    writer = ObjectWriter(path)
    return writer.commit(writer.tree(files))


def build_hostile(path: Path, *, zeros: int = 300 * 2**20, refused: bool = True) -> str:
    """A bare repository at `path` with one commit full of traps; its id.

    `refused` adds the names that git's own check of objects refuses.
    """
    writer = ObjectWriter(path)
    files: dict[bytes, bytes | Object | Folder] = {
        b"train.py": TRAIN,
        b"passwd.py": Object(LINK, writer.blob(b"/etc/passwd")),
        b"etc": Object(LINK, writer.blob(b"../../../etc")),
        b"sub": Object(SUBMODULE, "1" * 40),
        b".gitattributes": b"*.py filter=evil diff=evil export-ignore\n",
        b"zeros.py": Object(FILE, writer.zeros(zeros)),
        b"two\nlines.py": b"import torch\n",
        b"caf\xe9.py": b"import torch\n",
        b"--upload-pack=touch.py": b"import torch\n",
        b"latin.py": b"# caf\xe9\nimport torch\n",
        b"null.py": b"import torch\0\n",
        b"deep.py": b"x = " + b"(" * 10_000 + b"1" + b")" * 10_000 + b"\n",
        b"broken.py": b"def train(:\n",
    }
    if refused:
        files[b".."] = {b"escape.py": b"import torch\n"}
        files[b".git"] = {b"hooks": {b"post-checkout": b"#!/bin/sh\nexit 1\n"}}
        files[b".gitmodules"] = b'[submodule "sub"]\n\tpath = sub\n\turl = ext::sh -c touch%20harm\n'
    return writer.commit(writer.tree(files))


def build_bomb(path: Path, *, depth: int = 10, width: int = 10) -> str:
    """A bare repository at `path` that names width ** depth files in a few objects; its commit's id."""
    writer = ObjectWriter(path)
    layer: Folder = {b"f%d.py" % number: b"import torch\n" for number in range(width)}
    tree = writer.tree(layer)
    for _ in range(depth - 1):
        tree = writer.tree({b"d%d" % number: Object(FOLDER, tree) for number in range(width)})
    return writer.commit(tree)


def poison_configuration(git_dir: Path, marker: Path) -> None:
    """Makes the repository's own configuration and hooks create `marker` wherever git would run what they name."""
    trap = git_dir / "trap"
    trap.write_text(f"#!/bin/sh\ntouch '{marker}'\n")
    trap.chmod(trap.stat().st_mode | stat.S_IXUSR)
    hooks = git_dir / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        (hooks / hook).unlink(missing_ok=True)
        (hooks / hook).symlink_to(trap)
    with (git_dir / "config").open("a") as config:
        config.write(
            f"[core]\n\tfsmonitor = {trap}\n\tpager = {trap}\n\tsshCommand = {trap}\n\talternateRefsCommand = {trap}\n"
            f'[log]\n\tshowSignature = true\n[gpg]\n\tprogram = {trap}\n[filter "evil"]\n\tsmudge = {trap}\n'
            f'[remote "origin"]\n\turl = ext::{trap}\n\tpromisor = true\n\tpartialclonefilter = blob:none\n'
            f'[protocol "ext"]\n\tallow = always\n[credential]\n\thelper = !{trap}\n'
        )


_ENV = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": "2021-04-11T12:00:00Z",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_COMMITTER_DATE": "2021-04-11T12:00:00Z",
}

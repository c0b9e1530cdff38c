"""A git server of repositories that are made when they are asked for: ten thousand cost no disk and no processes.

It speaks as much of protocol version 2 (gitprotocol-v2(5)) as a first shallow fetch needs. Each repository has one
commit with a program in which the bug is, and a file of its own.
"""

import hashlib
import re
import struct
import zlib

from tests.support.githttps import Answer, Request
from tests.support.hostile import TRAIN

_FLUSH, _DELIMITER = b"0000", b"0001"
_SIDEBAND = 60_000
_TYPES = {b"commit": 1, b"tree": 2, b"blob": 3}
_WHO = b"made <made@example.org> 1700000000 +0000"


def answer(request: Request) -> Answer | None:
    """What the server says of a repository whose name ends in a number; None of all others."""
    asked = re.match(r"/[^/]+/[^/]*?(\d+)\.git/(.*)", request.path)
    if asked is None:
        return None
    if asked[2].startswith("info/refs"):
        lines = [b"version 2\n", b"ls-refs\n", b"fetch=shallow filter\n", b"object-format=sha1\n"]
        return _said("advertisement", b"".join(map(_packet, lines)) + _FLUSH)
    objects = _objects(int(asked[1]))
    head = _oid(objects[-1])
    if b"command=ls-refs" in request.body:
        return _said("result", _packet(b"%s HEAD symref-target:refs/heads/main\n" % head) + _FLUSH)
    pack = _pack(objects)
    parts = [_packet(b"\x01" + pack[start : start + _SIDEBAND]) for start in range(0, len(pack), _SIDEBAND)]
    sections = [_packet(b"shallow-info\n"), _DELIMITER, _packet(b"packfile\n"), *parts, _FLUSH]
    return _said("result", b"".join(sections))


def _objects(number: int) -> list[tuple[bytes, bytes]]:
    files = {b"n.py": b"N = %d\n" % number, b"train.py": TRAIN}
    blobs = {name: (b"blob", content) for name, content in files.items()}
    tree = b"".join(b"100644 %s\0%s" % (name, bytes.fromhex(_oid(blob).decode())) for name, blob in blobs.items())
    commit = b"tree %s\nauthor %s\ncommitter %s\n\nfiles\n" % (_oid((b"tree", tree)), _WHO, _WHO)
    return [*blobs.values(), (b"tree", tree), (b"commit", commit)]


def _oid(made: tuple[bytes, bytes]) -> bytes:
    kind, content = made
    return hashlib.sha1(b"%s %d\0%s" % (kind, len(content), content), usedforsecurity=False).hexdigest().encode()


def _pack(objects: list[tuple[bytes, bytes]]) -> bytes:
    """As gitformat-pack(5) says, without deltas."""
    pack = b"PACK" + struct.pack(">II", 2, len(objects))
    for kind, content in objects:
        size = len(content)
        head = [_TYPES[kind] << 4 | size & 15]
        size >>= 4
        while size:
            head[-1] |= 128
            head.append(size & 127)
            size >>= 7
        pack += bytes(head) + zlib.compress(content, 1)
    return pack + hashlib.sha1(pack, usedforsecurity=False).digest()


def _packet(content: bytes) -> bytes:
    return b"%04x%s" % (len(content) + 4, content)


def _said(kind: str, body: bytes) -> Answer:
    return Answer(200, {"Content-Type": f"application/x-git-upload-pack-{kind}"}, body)

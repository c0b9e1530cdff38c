"""Files copied from one bare repository of this machine to another, packed as they are."""

from collections.abc import Sequence
from pathlib import Path

from miner import gitprocess
from miner.gitprocess import ProcessLimits

_LIMITS = ProcessLimits(file_bytes=2**30)
_SECONDS = 120.0


def copy_blobs(source: Path, destination: Path, blobs: Sequence[str]) -> frozenset[str]:
    """Copies those of `blobs` that `source` has; the answer is which. Nothing is, where git fails at it.

    Raises GitMissing.
    """
    listed = _git(source, ("cat-file", "--batch-check=%(objectname) %(objecttype)"), blobs)
    # What is not there is answered with its id and `missing`.
    there = [line.split()[0] for line in (listed or b"").decode("ascii").splitlines() if line.endswith(" blob")]
    if not there:
        return frozenset()
    pack = destination.absolute() / "objects" / "pack" / "pack"
    # Without a search for deltas: those that are stored are taken over.
    packed = _git(source, ("pack-objects", "-q", "--threads=1", "--window=0", str(pack)), there)
    return frozenset() if packed is None else frozenset(there)


def _git(repository: Path, arguments: Sequence[str], blobs: Sequence[str]) -> bytes | None:
    finished = gitprocess.run(
        (f"--git-dir={repository.absolute()}", *arguments),
        gitprocess.environment(),
        limits=_LIMITS,
        timeout=_SECONDS,
        stdin="".join(f"{blob}\n" for blob in blobs).encode(),
    )
    return None if finished.returncode else finished.stdout

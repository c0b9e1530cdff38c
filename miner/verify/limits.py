"""What one sandbox may use."""

from dataclasses import asdict, dataclass

MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds of wall clock for the whole and for one attempt, of work for one attempt; bytes and counts inside."""

    seconds: float = 240
    rung_seconds: float = 60
    rung_cpu_seconds: float = 18
    memory_bytes: int = 3 * 1024 * MEGABYTE
    process_bytes: int = 8 * 1024 * MEGABYTE
    processes: int = 96
    file_bytes: int = 64 * MEGABYTE
    tmp_bytes: int = 128 * MEGABYTE
    shm_bytes: int = 128 * MEGABYTE
    inodes: int = 20_000
    open_files: int = 1024
    result_bytes: int = 8 * MEGABYTE

    def as_json(self) -> dict[str, float]:
        return asdict(self)

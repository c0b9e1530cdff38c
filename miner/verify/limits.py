"""What one sandbox may use."""

from dataclasses import asdict, dataclass, replace

MEGABYTE = 2**20
UNLIMITED = -1


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds of wall clock for the whole and for one attempt, of work for one attempt; bytes and counts inside.

    `process_bytes` is a process's address space, `data_bytes` what of it is its own to write.
    """

    seconds: float = 240
    rung_seconds: float = 60
    rung_cpu_seconds: float = 18
    memory_bytes: int = 3 * 1024 * MEGABYTE
    process_bytes: int = 8 * 1024 * MEGABYTE
    data_bytes: int = UNLIMITED
    processes: int = 96
    file_bytes: int = 64 * MEGABYTE
    tmp_bytes: int = 128 * MEGABYTE
    shm_bytes: int = 128 * MEGABYTE
    inodes: int = 20_000
    open_files: int = 1024
    result_bytes: int = 8 * MEGABYTE

    def with_device(self) -> "Limits":
        """The same for a sandbox that has a GPU: CUDA reserves more addresses than there is memory, so that what a
        process writes to is limited in their place; each process that uses it takes seconds and threads for that."""
        return replace(
            self,
            rung_seconds=2 * self.rung_seconds,
            rung_cpu_seconds=4 * self.rung_cpu_seconds,
            memory_bytes=4 * self.memory_bytes,
            process_bytes=UNLIMITED,
            data_bytes=self.process_bytes,
            processes=4 * self.processes,
        )

    def as_json(self) -> dict[str, float]:
        return asdict(self)

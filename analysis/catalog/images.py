"""Which torch NVIDIA's monthly container `nvcr.io/nvidia/pytorch:YY.MM` holds, after its release notes.

The containers are built from snapshots of the main branch between two releases.
"""

from bisect import bisect_right

_FIRST_TAGS: tuple[tuple[str, str], ...] = (
    ("17.01", "0.3"),
    ("18.05", "0.4"),
    ("18.11", "1.0"),
    ("19.02", "1.1"),
    ("19.07", "1.2"),
    ("19.10", "1.3"),
    ("19.11", "1.4"),
    ("20.03", "1.5"),
    ("20.06", "1.6"),
    ("20.08", "1.7"),
    # 21.03 to 21.05 call themselves 1.9.0a0, but were cut before workers' NumPy was seeded (April 2021).
    ("20.11", "1.8"),
    ("21.06", "1.9"),
    ("21.07", "1.10"),
    ("21.11", "1.11"),
    ("22.03", "1.12"),
    ("22.06", "1.13"),
    ("23.03", "2.0"),
    ("23.06", "2.1"),
    ("23.11", "2.2"),
    ("24.02", "2.3"),
    ("24.05", "2.4"),
    ("24.08", "2.5"),
    ("24.11", "2.6"),
    ("25.02", "2.7"),
    ("25.05", "2.8"),
    ("25.09", "2.9"),
    ("25.11", "2.10"),
)


def ngc_torch(tag: str) -> str | None:
    """The torch release in the container of that `YY.MM`, to the minor; None before the first one."""
    position = bisect_right(_FIRST_TAGS, tag, key=lambda row: row[0])
    return _FIRST_TAGS[position - 1][1] if position else None

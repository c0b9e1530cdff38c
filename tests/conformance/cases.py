"""The programs that follow from the table: each row as it is written, and again with workers that live on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .table import ROWS, Outcomes, Row

Semantics = Literal["legacy", "modern"]
SEMANTICS: tuple[Semantics, ...] = ("legacy", "modern")


@dataclass(frozen=True, slots=True)
class Case:
    """A row's program, as written or with `persistent_workers=True`."""

    row: Row
    persistent: bool = False

    @property
    def name(self) -> str:
        return f"{self.row.name}-persistent" if self.persistent else self.row.name

    @property
    def outcomes(self) -> Outcomes:
        """Under fork, unless the program says otherwise."""
        if not self.persistent:
            return self.row.outcomes
        if self.row.persistent is None:
            raise ValueError(f"{self.row.name} is not asked about persistent workers")
        return self.row.persistent

    def program(self, folder: Path) -> Path:
        """The file to run or to read; a derived one is written into `folder`."""
        if not self.persistent:
            return self.row.path
        path = folder / self.row.path.name
        path.write_text(self.row.persistent_source())
        return path


CASES: tuple[Case, ...] = (
    *(Case(row) for row in ROWS),
    *(Case(row, persistent=True) for row in ROWS if row.persistent is not None),
)

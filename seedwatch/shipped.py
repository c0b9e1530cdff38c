"""What comes with the program beside its code."""

from pathlib import Path
from typing import Final

SNAPSHOT: Final = Path(__file__).parent / "data" / "snapshot.jsonl.gz"
"""Results over public repositories, made by this program: `seedwatch snapshot load` reads it."""

"""The form of an attempt's answer. It comes from a process that ran strangers' code: nothing is taken for granted."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=False)


class Sample(_Strict):
    """One sample: epoch, worker and number; its flagged draws as (api, stream, path, line, state before), and how many
    there were; states of the global and of kept generators before and after; what it raised; whether a seed was a
    stub."""

    e: int = Field(ge=0, lt=64)
    w: int = Field(ge=0, lt=64)
    s: int = Field(ge=0, lt=4096)
    d: list[tuple[str, str, str, int, str]] = Field(max_length=64)
    b: tuple[str, str]
    a: tuple[str, str]
    x: str | None = Field(max_length=2000)
    q: bool
    f: int = Field(ge=0)


class Carried(_Strict):
    """Batches that came, and how many of them were the repository's own samples, pinned, moved to the device, or had
    lain on it before."""

    batches: int = Field(ge=0)
    own: int = Field(ge=0)
    pinned: int = Field(ge=0)
    moved: int = Field(ge=0)
    on_device: int = Field(ge=0)


class Run(_Strict):
    """One pass of the loader over its epochs, with what the workers noted of themselves."""

    samples: list[Sample] = Field(max_length=4096)
    notes: list[dict[str, str | list[str]]] = Field(max_length=64)
    failed: str | None
    carried: Carried | None = None


class Attempt(_Strict):
    """One attempt on one rung."""

    rung: Literal["R1", "R2", "R3", "R4"]
    runs: dict[Literal["legacy", "modern", "again", "moved", "pinned"], Run] = Field(default_factory=dict)
    unresolved: list[str] = Field(default_factory=list, max_length=64)
    loader: dict[str, str | int | bool | None] | None = None
    built_apart: bool = False
    skipped_seeds: list[str] = Field(default_factory=list, max_length=4096)
    depends: list[str] = Field(default_factory=list, max_length=64)
    assumed: list[str] = Field(default_factory=list, max_length=64)
    stubs: list[str] = Field(default_factory=list, max_length=4096)
    swallowed: list[str] = Field(default_factory=list, max_length=4096)
    decided: list[str] = Field(default_factory=list, max_length=8192)
    emulated: list[str] = Field(default_factory=list, max_length=64)
    device: list[str] = Field(default_factory=list, max_length=64)
    seconds: float = Field(default=0.0, ge=0)
    megabytes: int = Field(default=0, ge=0)
    why: str | None = None


def well_formed(line: dict[str, Any]) -> dict[str, Any]:
    """An attempt with every field, of the right type; one of another form says nothing but that."""
    try:
        return Attempt.model_validate(line).model_dump()
    except ValidationError:
        return Attempt(rung="R1", why="the attempt's answer has another form than it should").model_dump()

"""Whether strangers' code can be run here, found out by trying what it would try."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from miner.verify.device import Device, NoDevice, find
from miner.verify.inside.probes import NAMES
from miner.verify.limits import MEGABYTE, Limits
from miner.verify.sandbox import NoSandbox, Sandbox

_SMALL = replace(Limits(), seconds=120, rung_seconds=12, memory_bytes=1024 * MEGABYTE, tmp_bytes=32 * MEGABYTE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Where one that is `needed` did not hold, nothing of strangers is to be run."""

    what: str
    held: bool
    said: str
    needed: bool = True


def examine() -> Iterator[Finding]:
    """Makes a sandbox and tries to break out of it."""
    with Sandbox() as sandbox:
        try:
            answer = sandbox.run({"kind": "probes", "probes": list(NAMES)}, {}, _SMALL)
        except NoSandbox as error:
            yield Finding("isolation", held=False, said=str(error))
            return
    yield Finding("isolation", held=answer.cut is None, said=answer.cut or f"a sandbox in {answer.seconds:.1f} s")
    for line in answer.lines:
        if line.get("kind") == "begun":
            grouped = bool(line.get("control_group"))
            told = "memory and processes are limited together" if grouped else "none to be had: limits are by process"
            yield Finding("control group", held=grouped, said=told, needed=False)
        elif line.get("kind") == "probe":
            said = line.get("said")
            if isinstance(said, dict):
                yield Finding(str(line.get("probe")), held=bool(said.get("held")), said=str(said.get("said")))
            else:
                yield Finding(str(line.get("probe")), held=True, said=f"ended: {line.get('why')}")


def examine_gpu() -> Iterator[Finding]:
    """What the machine's GPU can do for verification, tried inside the sandbox; and that it is not there unasked."""
    try:
        device = find()
    except NoDevice as error:
        yield Finding("GPU", held=False, said=str(error), needed=False)
        return
    yield Finding("GPU", held=True, said=f"{', '.join(device.nodes)}", needed=False)
    yield from examine_device(device)


def examine_device(device: Device) -> Iterator[Finding]:
    """What a sandbox makes of a device that it is given, and one that it is not given."""
    try:
        given, kept_out = _asked(device), _asked(None)
    except NoSandbox as error:
        yield Finding("GPU inside", held=False, said=str(error), needed=False)
        return
    yield Finding("torch", held=bool(given.get("built_for")), said=_torch(given), needed=False)
    yield Finding("GPU when asked", held="no_device" not in given, said=_device(given), needed=False)
    said = "a tensor can be made on it" if "no_device" not in kept_out else f"none: {kept_out['no_device']}"
    yield Finding("GPU unasked", held="no_device" in kept_out, said=said)


def _asked(device: Device | None) -> dict[str, Any]:
    """What the sandbox says of the device that it has."""
    with Sandbox(device) as sandbox:
        answer = sandbox.run({"kind": "device"}, {}, _SMALL)
    begun = next((line for line in answer.lines if line.get("kind") == "begun"), None)
    return begun if begun is not None else {"no_device": answer.cut or "the sandbox ended without an answer"}


def _torch(said: dict[str, Any]) -> str:
    build = said.get("built_for")
    return f"{said.get('torch', 'unknown')}, built {f'for CUDA {build}' if build else 'without CUDA'}"


def _device(said: dict[str, Any]) -> str:
    if "no_device" in said:
        return f"cannot be used: {said['no_device']}"
    known = [f"{name} {said[name]}" for name in ("memory", "driver", "cuda") if name in said]
    return f"a tensor was made on it: {', '.join([str(said.get('device')), *known])}"

"""Which torch a repository asks for, and which versions of a few other packages.

Files disagree: a package's metadata is wider than the environment that its authors froze. So sources are ranked
(`Source`), the first that bounds torch decides, and those of one rank are taken together. Files at the root speak for
the repository; deeper ones only where the root says nothing about torch.
"""

import msgspec

from analysis.link.requirements.bounds import SEEDED, Bounds
from analysis.link.requirements.declaration import Declaration
from analysis.link.requirements.files import Said, Source, VersionFiles
from analysis.report import TorchFact, TorchRange
from analysis.tree import Tree

WATCHED = (
    "torchvision", "python", "numpy", "lightning", "timm", "transformers", "monai", "detectron2", "mmcv", "mmengine",
    "fastai", "scikit-image", "imgaug", "albumentations", "batchgenerators", "accelerate",
)  # fmt: skip
"""Packages whose version changes what the analyzer has to decide. `lightning` stands for `pytorch-lightning` too."""

TORCH_FAMILY = frozenset(
    ["torch", "torchvision", "torchaudio", "lightning", "timm", "fastai", "monai", "kornia", "transformers"]
)
"""Packages that bring torch with them."""

SEEDED_TORCHVISION = (0, 10)
"""The torchvision that came with, and requires, torch 1.9."""


class Versions(msgspec.Struct, frozen=True):
    """What the repository asks for. `specifiers` has every package of `WATCHED`, None where no version is named."""

    torch: TorchFact
    specifiers: dict[str, str | None]


def read_versions(tree: Tree, *, near: str | None = None) -> Versions:
    """Read a repository's wishes off its files.

    `near` is a file of interest (a loader's): in a repository of many projects, each with requirements of its own and
    none at the root, those around it count.
    """
    files = VersionFiles(tree)
    said = files.root()
    decided = _decide(said)
    if decided is None and not _settled(said):
        for group in files.nested(near):
            said += group
            decided = _decide(group)
            if decided is not None or _settled(group):
                break
    if decided is None and not _settled(said):
        decided = _decide(files.notebooks())
    return Versions(decided or _mention(said), _specifiers(said))


def torch_range(bounds: Bounds) -> TorchRange:
    """The side of 1.9, the first torch that seeds NumPy in each worker, on which the bounds lie."""
    side = bounds.side_of(SEEDED)
    return "<1.9" if side < 0 else ">=1.9" if side > 0 else "open"


def _decide(said: list[Said]) -> TorchFact | None:
    """The fact that the first rank with a bound on torch makes; None when none bounds it."""
    published = any(source is Source.METADATA and declaration.package in TORCH_FAMILY for source, declaration in said)
    for rank in Source:
        if published and rank in (Source.CONTAINER, Source.DEMO):
            # A package that is published for any torch; its image is one way to run it.
            continue
        bounded = [
            declaration
            for source, declaration in said
            if source is rank and declaration.package == "torch" and not declaration.bounds.open
        ]
        if bounded:
            return _together(bounded)
    return _by_torchvision(said)


def _together(declarations: list[Declaration]) -> TorchFact:
    """One fact from statements of equal weight, for instance one a platform: what any of them admits is admitted."""
    ranges = {torch_range(declaration.bounds) for declaration in declarations}
    first = declarations[0]
    if len(ranges) == 1:
        return TorchFact(range=ranges.pop(), specifier=first.specifier, evidence=first.evidence)
    specifiers = list(dict.fromkeys(str(declaration.specifier) for declaration in declarations))
    return TorchFact(range="open", specifier=" | ".join(specifiers[:4]), evidence=first.evidence)


def _by_torchvision(said: list[Said]) -> TorchFact | None:
    """What a torchvision pin means for a torch without one: each torchvision from 0.4 on requires its own torch."""
    for _, pin in sorted(said, key=lambda item: item[0]):
        low = pin.bounds.low
        if pin.package == "torchvision" and pin.bounds.one_series and low is not None and low >= (0, 4):
            side: TorchRange = "<1.9" if low < SEEDED_TORCHVISION else ">=1.9"
            return TorchFact(range=side, specifier=f"torchvision {pin.specifier}", evidence=pin.evidence)
    return None


def _settled(said: list[Said]) -> bool:
    """Whether these files speak for themselves: they name torch, if without a version, or publish what needs it."""
    return any(
        (declaration.package == "torch" and source <= Source.COMMAND)
        or (declaration.package in TORCH_FAMILY and source is Source.METADATA)
        for source, declaration in said
    )


def _mention(said: list[Said]) -> TorchFact:
    """Torch is named without a version, or not at all: any will do."""
    named = [declaration for _, declaration in sorted(said, key=lambda item: item[0]) if declaration.package == "torch"]
    return TorchFact(range="open", specifier=None, evidence=named[0].evidence if named else None)


def _specifiers(said: list[Said]) -> dict[str, str | None]:
    found: dict[str, str | None] = dict.fromkeys(WATCHED)
    for _, declaration in sorted(said, key=lambda item: item[0]):
        if declaration.specifier and declaration.package in found and found[declaration.package] is None:
            found[declaration.package] = declaration.specifier
    return found

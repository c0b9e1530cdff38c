"""Methods that libraries' base classes call on what inherits from them. Data, by the base's dotted name."""

_CALLED_BY: dict[str, tuple[str, ...]] = {
    "volumentations.": ("get_params", "apply"),
    "albumentations.": (
        "get_params",
        "get_params_dependent_on_targets",
        "get_params_dependent_on_data",
        "update_params",
        "apply",
        "apply_to_mask",
        "apply_to_masks",
        "apply_to_bbox",
        "apply_to_bboxes",
        "apply_to_keypoint",
        "apply_to_keypoints",
    ),
    "torchvision.": ("get_params", "make_params", "_get_params", "_transform"),
    "torchio.": ("apply_transform",),
    "audiomentations.": ("randomize_parameters", "apply"),
    "torch_audiomentations.": ("randomize_parameters", "apply_transform"),
    "detectron2.": ("get_transform",),
    "batchgeneratorsv2.": ("get_parameters", "apply"),
    "dgl.": ("sample", "sample_blocks", "sample_frontier"),
    "kornia.": ("generate_parameters", "apply_transform"),
    "monai.": ("randomize",),
    "transformers.": ("torch_call", "torch_mask_tokens", "mask_tokens"),
}

CALL_WHAT_THEY_ARE_GIVEN = frozenset({"apply_augmentations", "apply_transform_gens"})
"""Functions and methods of detectron2 that call each transform of a list."""

CALLED_FROM_TABLES = {"timm.data.": "timm.data.auto_augment.NAME_TO_OP"}
"""Tables from which a library's objects call what programs enter there, by how the objects' names begin."""

_COMPOSITIONS = frozenset({
    "AugmentationSequential", "BaseCompose", "Compose", "ImageSequential", "OneOf", "RandomApply", "RandomChoice",
    "RandomOrder", "ReplayCompose", "Sequential", "SomeOf",
})  # fmt: skip
"""Classes of many libraries that call what they are made of."""

_ANY_TRANSFORM = ("transform", "encodes")
"""What a transform's base calls in mmcv, in fastai and in others that are alike."""


def hooks_of(bases: list[str]) -> tuple[str, ...]:
    """The methods that calling an object runs, where its class leaves the calling to these bases."""
    if not bases:
        return ()
    called = (names for prefix, names in _CALLED_BY.items() if any(base.startswith(prefix) for base in bases))
    return tuple(dict.fromkeys(name for names in (*called, _ANY_TRANSFORM) for name in names))


def are_compositions(bases: list[str]) -> bool:
    """Whether one of these bases calls, for what inherits from it, what that hands to its constructor."""
    return any(base.rpartition(".")[2] in _COMPOSITIONS for base in bases)

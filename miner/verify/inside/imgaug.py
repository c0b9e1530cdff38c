"""An emulation of imgaug's generator: one for the whole library, made at import, and never reseeded by torch.

As in imgaug 0.4: `imgaug.random` holds a global generator, each augmenter draws from it (or from one of its own,
derived when it is made), and `imgaug.seed` replaces it. A draw here is noted at the line of the repository that
calls the augmenter; the evidence says `emulated`.
"""

from typing import Any

import numpy as np

from miner.verify.inside.notes import notes
from miner.verify.inside.stub import Stub


class _Library:
    """The generator of the library."""

    generator: Any = None


def _generator() -> Any:
    if _Library.generator is None:
        _Library.generator = np.random.default_rng(42)
    return _Library.generator


def library_generator() -> Any:
    """The generator that an augmenter draws from which is not there itself."""
    notes.emulated["imgaug"] = None
    return _generator()


def seed(entropy: Any = None, *args: Any, **kwargs: Any) -> None:
    """`imgaug.seed` and `imgaug.random.seed`."""
    _Library.generator = np.random.default_rng(entropy if isinstance(entropy, int | np.integer) else None)


class Augmenter:
    """Any augmenter: draws once for each picture that it is given, and leaves the picture as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        notes.emulated["imgaug"] = None
        _generator()
        state = kwargs.get("random_state", kwargs.get("seed"))
        self._own = np.random.default_rng(state) if isinstance(state, int) else None

    def _draw(self) -> None:
        (self._own if self._own is not None else _generator()).random()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._draw()
        given = [*args, *kwargs.values()]
        return given[0] if len(given) == 1 else tuple(given)

    augment_image = augment_images = augment = augment_batches = augment_keypoints = augment_bounding_boxes = __call__
    augment_segmentation_maps = augment_polygons = augment_heatmaps = __call__

    def to_deterministic(self, *args: Any) -> "Augmenter":
        self._draw()  # its copies get a generator of their own, derived from this one
        return self

    def add(self, other: Any) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub(f"imgaug.{name}")


_AUGMENTERS = (
    "Add AddToHueAndSaturation AdditiveGaussianNoise Affine AverageBlur CoarseDropout ContrastNormalization Crop "
    "CropAndPad Dropout ElasticTransformation Emboss Fliplr Flipud GammaContrast GaussianBlur Grayscale Invert "
    "LinearContrast MedianBlur MotionBlur Multiply Noop OneOf Pad PerspectiveTransform PiecewiseAffine RandAugment "
    "Resize Rot90 Rotate Scale Sequential Sharpen SomeOf Sometimes Superpixels WithChannels"
)


def names() -> dict[str, Any]:
    """What the stand-ins for `imgaug` and `imgaug.augmenters` have."""
    return {**dict.fromkeys(_AUGMENTERS.split(), Augmenter), "seed": seed}

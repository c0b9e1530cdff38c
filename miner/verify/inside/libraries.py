"""Small stand-ins for libraries that datasets live on, where what they return matters to the way of the code
through a function.

Nothing here draws from NumPy, but for imgaug, whose own generator is what its users repeat.
"""

import functools
import sys
from types import ModuleType
from typing import Any

import numpy as np

from miner.verify.inside import imgaug, monai, settings
from miner.verify.inside.stub import Stub, StubModule

SIDE = 64


def picture() -> Any:
    """Height x width x 3 of bytes."""
    return (np.arange(SIDE * SIDE * 3, dtype=np.uint32) % 251).astype(np.uint8).reshape(SIDE, SIDE, 3)


class FakeImage:
    """As much of `PIL.Image.Image` as datasets use."""

    def __init__(self, data: Any = None) -> None:
        self.data = picture() if data is None else np.asarray(data)
        self.mode, self.format = "RGB", "PNG"
        self.info: dict[str, Any] = {}

    @property
    def size(self) -> tuple[int, int]:
        return self.data.shape[1], self.data.shape[0]

    width = property(lambda self: self.size[0])
    height = property(lambda self: self.size[1])

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.data, dtype=dtype)

    def resize(self, size: Any, *args: Any, **kwargs: Any) -> "FakeImage":
        width, height = (max(1, int(side)) for side in size)
        rows = np.arange(height) * self.data.shape[0] // height
        columns = np.arange(width) * self.data.shape[1] // width
        return FakeImage(self.data[rows][:, columns])

    def crop(self, box: Any = None) -> "FakeImage":
        left, top, right, bottom = (int(side) for side in box or (0, 0, *self.size))
        data = np.zeros((max(1, bottom - top), max(1, right - left), *self.data.shape[2:]), self.data.dtype)
        return FakeImage(data)

    def convert(self, mode: Any = None, *args: Any, **kwargs: Any) -> "FakeImage":
        flat = mode in {"L", "1", "P", "I", "F"}
        data = self.data[..., 0] if flat and self.data.ndim == 3 else self.data
        if not flat and data.ndim == 2:
            data = np.repeat(data[..., None], 3, axis=2)
        image = FakeImage(data)
        image.mode = mode or self.mode
        return image

    def split(self) -> tuple["FakeImage", ...]:
        return tuple(FakeImage(self.data[..., channel]) for channel in range(self.data.shape[-1]))

    def getpixel(self, place: Any) -> Any:
        return tuple(int(value) for value in np.atleast_1d(self.data[0, 0]))

    def getbands(self) -> tuple[str, ...]:
        return ("R", "G", "B") if self.data.ndim == 3 else ("L",)

    def tobytes(self, *args: Any) -> bytes:
        return bytes(self.data.tobytes())

    def load(self) -> Any:
        return self

    def close(self) -> None:
        return None

    def verify(self) -> None:
        return None

    def paste(self, *args: Any, **kwargs: Any) -> None:
        return None

    def save(self, *args: Any, **kwargs: Any) -> None:
        return None

    def __enter__(self) -> "FakeImage":
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: FakeImage(self.data)


def _pil_image() -> dict[str, Any]:
    made = {
        name: lambda *args, **kwargs: FakeImage()
        for name in ("open", "merge", "blend", "composite", "frombytes", "frombuffer")
    }
    return {
        **made,
        "Image": FakeImage,
        "fromarray": lambda data, mode=None: FakeImage(data),
        "new": lambda mode, size, color=0: FakeImage().resize(size).convert(mode),
        **_numbered("NEAREST LANCZOS BILINEAR BICUBIC BOX HAMMING"),
        **_numbered("FLIP_LEFT_RIGHT FLIP_TOP_BOTTOM ROTATE_90 ROTATE_180 ROTATE_270"),
        "ANTIALIAS": 1,
        "AFFINE": 0,
    }


def _same(image: Any, *args: Any, **kwargs: Any) -> Any:
    return image


def _cv2_resize(image: Any, dsize: Any = None, dst: Any = None, fx: Any = 1, fy: Any = 1, **kwargs: Any) -> Any:
    data = np.asarray(image)
    if not dsize:
        dsize = (max(1, int(data.shape[1] * float(fx or 1))), max(1, int(data.shape[0] * float(fy or 1))))
    return FakeImage(data).resize(dsize[:2]).data


def _cv2() -> dict[str, Any]:
    same = (
        "GaussianBlur blur medianBlur bilateralFilter flip erode dilate warpAffine warpPerspective filter2D rotate "
        "normalize remap copyMakeBorder rectangle circle line addWeighted LUT convertScaleAbs Canny"
    )
    return {
        "imread": lambda *args, **kwargs: picture(),
        "imdecode": lambda *args, **kwargs: picture(),
        "cvtColor": _to_color,
        "resize": _cv2_resize,
        "split": lambda image: list(np.moveaxis(np.asarray(image), -1, 0).copy()),
        "merge": lambda channels: np.stack([np.asarray(channel) for channel in channels], axis=-1),
        "getRotationMatrix2D": lambda *args, **kwargs: np.eye(3)[:2],
        "getAffineTransform": lambda *args, **kwargs: np.eye(3)[:2],
        "imwrite": lambda *args, **kwargs: True,
        "setNumThreads": _nothing,
        "ocl": Stub("cv2.ocl"),
        **dict.fromkeys(same.split(), _same),
        **_numbered("INTER_NEAREST INTER_LINEAR INTER_CUBIC INTER_AREA INTER_LANCZOS4"),
        **_numbered("IMREAD_GRAYSCALE IMREAD_COLOR IMREAD_UNCHANGED BORDER_CONSTANT BORDER_REFLECT"),
        **dict.fromkeys(("COLOR_BGR2RGB", "COLOR_RGB2BGR"), 4),
        **dict.fromkeys(("COLOR_BGR2GRAY", "COLOR_RGB2GRAY"), 6),
        **dict.fromkeys(("COLOR_GRAY2BGR", "COLOR_GRAY2RGB"), 8),
    }


def _numbered(names: str) -> dict[str, int]:
    return {name: number for number, name in enumerate(names.split())}


def _to_color(image: Any, code: Any = 0, *args: Any) -> Any:
    data = np.asarray(image)
    if code == 6 and data.ndim == 3:
        return data[..., 0].copy()
    return np.repeat(data[..., None], 3, axis=2) if code == 8 and data.ndim == 2 else data.copy()


def _nothing(*args: Any, **kwargs: Any) -> None:
    return None


class Compose:
    """Transforms one after the other; one that fails does not hide the next."""

    def __init__(self, transforms: Any = (), *args: Any, **kwargs: Any) -> None:
        self.transforms = transforms if isinstance(transforms, list | tuple) else [transforms]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        value = args[0] if args else kwargs
        for transform in self.transforms:
            if callable(transform):
                value = transform(value)
        return value


class _Transform:
    """A transform of torchvision's that leaves things as they are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.__dict__.update({name: value for name, value in kwargs.items() if name.isidentifier()})
        self.size = args[0] if args else SIDE

    def __call__(self, image: Any, *args: Any) -> Any:
        return image

    forward = __call__

    @staticmethod
    def get_params(*args: Any, **kwargs: Any) -> tuple[int, int, int, int]:
        return 0, 0, SIDE // 2, SIDE // 2


class _ToTensor(_Transform):
    def __call__(self, image: Any, *args: Any) -> Any:
        import torch

        data = np.asarray(image, dtype=np.float32) / 255
        return torch.from_numpy(np.ascontiguousarray(data.transpose(2, 0, 1) if data.ndim == 3 else data[None]))


class _Lambda(_Transform):
    def __init__(self, function: Any = _same, *args: Any) -> None:
        super().__init__()
        self.lambd = function

    def __call__(self, image: Any, *args: Any) -> Any:
        return self.lambd(image)


def _torchvision_transforms() -> dict[str, Any]:
    plain = (
        "Resize Scale CenterCrop RandomCrop RandomHorizontalFlip RandomVerticalFlip RandomResizedCrop RandomSizedCrop "
        "Normalize ColorJitter Grayscale RandomGrayscale RandomRotation RandomAffine Pad ToPILImage PILToTensor "
        "GaussianBlur RandomErasing FiveCrop TenCrop ConvertImageDtype"
    )
    return {
        **{name: type(name, (_Transform,), {}) for name in plain.split()},
        "Compose": Compose,
        "RandomApply": Compose,
        "RandomOrder": Compose,
        "RandomChoice": Compose,
        "ToTensor": _ToTensor,
        "Lambda": _Lambda,
    }


class _VisionDataset:
    """What torchvision's datasets are made of, with nothing in it."""

    def __init__(self, root: Any = "/data", *args: Any, **kwargs: Any) -> None:
        self.root = root
        self.train = kwargs.get("train", True)
        self.transform, self.target_transform = kwargs.get("transform"), kwargs.get("target_transform")
        self.transforms = kwargs.get("transforms")
        self.data = np.stack([picture()] * 8)
        self.targets, self.classes = [0, 1] * 4, ["a", "b"]
        self.class_to_idx = {"a": 0, "b": 1}
        self.samples = self.imgs = [(f"/data/{number}.png", number % 2) for number in range(8)]
        self.loader = lambda path: FakeImage()

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> Any:
        image: Any = FakeImage()
        if callable(self.transform):
            image = self.transform(image)
        return image, self.targets[index % 8]


def _vision_datasets() -> dict[str, Any]:
    import torch

    base = type("VisionDataset", (_VisionDataset, torch.utils.data.Dataset), {})
    names = (
        "CIFAR10 CIFAR100 MNIST FashionMNIST EMNIST SVHN STL10 ImageFolder DatasetFolder ImageNet VOCDetection "
        "VOCSegmentation CocoDetection CocoCaptions Omniglot CelebA Cityscapes LSUN SBDataset"
    )
    return {"VisionDataset": base, **{name: type(name, (base,), {}) for name in names.split()}}


def _torch_loader() -> dict[str, Any]:
    """Libraries whose loader hands its arguments on to torch's."""
    import torch

    return {"DataLoader": torch.utils.data.DataLoader, "WebLoader": torch.utils.data.DataLoader}


def _image_reader() -> dict[str, Any]:
    return {"imread": lambda *args, **kwargs: picture(), "imsave": _nothing, "imwrite": _nothing}


def _audio_reader() -> dict[str, Any]:
    def load(*args: Any, **kwargs: Any) -> tuple[Any, int]:
        return np.sin(np.arange(32_000) / 20).astype(np.float32), 16_000

    return {"load": load, "read": load}


def _imgaug() -> dict[str, Any]:
    return imgaug.names()


@functools.cache
def _monai() -> dict[str, Any]:
    return monai.names()


_FAKES: dict[str, Any] = {
    "PIL.Image": _pil_image,
    "cv2": _cv2,
    "torchvision.transforms": _torchvision_transforms,
    "torchvision.datasets": _vision_datasets,
    "torch_geometric.data": _torch_loader,
    "torch_geometric.loader": _torch_loader,
    "webdataset": _torch_loader,
    "skimage.io": _image_reader,
    "imageio": _image_reader,
    "imageio.v2": _image_reader,
    "matplotlib.image": _image_reader,
    "librosa": _audio_reader,
    "soundfile": _audio_reader,
    "imgaug": _imgaug,
    "imgaug.augmenters": _imgaug,
    "monai.transforms": _monai,
    "monai.transforms.transform": _monai,
    **{name: (lambda names=names: names) for name, names in settings.PACKAGES.items()},
}


_made: dict[str, ModuleType] = {}


def fake_module(name: str) -> ModuleType | None:
    """The stand-in for a module, None where a stub will do. What it does not have is a stub too."""
    if name in _made:
        return _made[name]
    below = [other for other in _FAKES if other.rpartition(".")[0] == name]
    if name not in _FAKES and not below:
        return None
    module = _made[name] = StubModule(name)
    if name in _FAKES:
        module.__dict__.update(_FAKES[name]())
    for other in below:
        child = fake_module(other)
        assert child is not None
        module.__dict__[other.rpartition(".")[2]] = sys.modules.setdefault(other, child)
    return module

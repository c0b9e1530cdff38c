"""Pictures made for the experiment: digits, and for pretraining letters, on 16 by 16 pixels.

Training pictures sit in the middle and are clean; test pictures are shifted, tilted in brightness and noisy. So what is
learned from few training pictures depends on how they are varied, which is what the bug takes away.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

SIDE: Final = 16
FURTHEST: Final = 3
"""Pixels by which a picture is shifted at most."""

# Five by seven, a row a number, the leftmost pixel the highest bit.
_DIGITS: Final = (
    "0E1113151 9110E", "040C04040 4040E", "0E1101020 4081F", "1F0204020 1110E", "02060A121 F0202",
    "1F101E010 1110E", "0608101E1 1110E", "1F0102040 80808", "0E11110E1 1110E", "0E11110F0 1020C",
)  # fmt: skip
_LETTERS: Final = (
    "0E11111F1 11111", "1E11111E1 1111E", "0E1110101 0110E", "1C1211111 1121C", "1F10101E1 0101F",
    "1F10101E1 01010", "0E1110171 1110F", "1111111F1 11111", "0E0404040 4040E", "070202020 2120C",
)  # fmt: skip


def pictures(
    count: int, random: "numpy.random.Generator", *, letters: bool = False, varied: bool = False
) -> "tuple[NDArray[numpy.float32], NDArray[numpy.int64]]":
    """`count` pictures, (count, 16, 16) between 0 and 1, and their classes from 0 to 9, evenly spread."""
    import numpy

    shapes = numpy.stack([_shape(text) for text in (_LETTERS if letters else _DIGITS)])
    classes = random.permutation(numpy.arange(count) % 10)
    made = shapes[classes]
    if varied:
        made = numpy.stack([vary(picture, random) for picture in made])
    return made.astype(numpy.float32), classes.astype(numpy.int64)


def vary(picture: "NDArray[numpy.float32]", random: "numpy.random.Generator") -> "NDArray[numpy.float32]":
    """The picture shifted, brighter or darker towards one side, and with noise: the augmentation of the experiment."""
    import numpy

    down, right = random.integers(-FURTHEST, FURTHEST + 1, 2)
    slope = numpy.linspace(-1, 1, SIDE) * random.uniform(-0.4, 0.4)
    made = numpy.roll(picture, (down, right), (0, 1)) * random.uniform(0.4, 1.0) + slope
    made = made + random.normal(0, 0.2, picture.shape)
    return made.astype(numpy.float32)


def _shape(text: str) -> "NDArray[numpy.float32]":
    import numpy

    rows = bytes.fromhex(text.replace(" ", ""))
    bits = numpy.array([[row >> place & 1 for place in range(4, -1, -1)] for row in rows], numpy.float32)
    picture = numpy.zeros((SIDE, SIDE), numpy.float32)
    # A font of five by seven, one pixel to one and a half in height: 10 by 10 in the middle.
    tall = numpy.repeat(bits, 2, axis=1)[numpy.arange(10) * 7 // 10]
    picture[3:13, 3:13] = tall
    return picture

"""What is a number taken from a NumPy generator, by whatever name, and of which kind."""

from textwrap import dedent

import pytest

from .examples import (
    BOTH,
    CLEAN,
    EPOCHS,
    OLD_TORCH,
    TRAIN,
    Check,
    Example,
    Outcomes,
    assert_as_marked,
    counted,
    each,
    found,
    trained,
    unharmed,
)


@each(
    trained(
        "the_module_by_its_full_name",
        """
        import numpy
        class Set:
            def __getitem__(self, index):
                return numpy.random.rand(3)  # DRAW
        """,
    ),
    trained(
        "module_renamed_on_import",
        """
        import numpy as onp
        class Set:
            def __getitem__(self, index):
                return onp.random.uniform(0, 1)  # DRAW
        """,
    ),
    trained(
        "function_kept_as_a_static_method",
        """
        import numpy as np
        class Set:
            draw = staticmethod(np.random.rand)
            still = staticmethod(np.ones)
            def __getitem__(self, index):
                return self.still(3) + self.draw(3)  # DRAW
        """,
    ),
    trained(
        "numpy_random_imported_as_a_module",
        """
        import numpy.random as npr
        class Set:
            def __getitem__(self, index):
                return npr.choice(5)  # DRAW
        """,
    ),
    trained(
        "random_imported_from_numpy_under_another_name",
        """
        from numpy import random as rd
        class Set:
            def __getitem__(self, index):
                return rd.randint(9)  # DRAW
        """,
    ),
    trained(
        "random_imported_from_numpy_hides_the_standard_library",
        """
        import random
        from numpy import random
        class Set:
            def __getitem__(self, index):
                return random.random()  # DRAW
        """,
    ),
    trained(
        "random_of_numpy_or_else_the_standard_library",
        """
        try:
            from numpy import random
        except ImportError:
            import random
        class Set:
            def __getitem__(self, index):
                return random.randint(0, 9)  # DRAW
        """,
    ),
    trained(
        "functions_imported_by_name",
        """
        from numpy.random import randint, shuffle as mix
        class Set:
            def __getitem__(self, index):
                order = [1, 2, 3]
                mix(order)  # DRAW
                return randint(9), order  # DRAW
        """,
    ),
    trained(
        "everything_imported_with_a_star",
        """
        from numpy.random import *
        class Set:
            def __getitem__(self, index):
                return randint(9)  # DRAW
        """,
    ),
    trained(
        "function_held_in_a_name",
        """
        import numpy as np
        f = np.random.randint
        class Set:
            def __getitem__(self, index):
                return f(9)  # DRAW
        """,
    ),
    trained(
        "module_held_in_a_name",
        """
        import numpy as np
        rng = np.random
        class Set:
            def __getitem__(self, index):
                return rng.permutation(9)  # DRAW
        """,
    ),
    trained(
        "module_as_default_argument",
        """
        import numpy as np
        class Set:
            def __getitem__(self, index):
                return self.crop(index)
            def crop(self, index, rng=np.random):
                return rng.randint(index)  # DRAW
        """,
    ),
    trained(
        "module_as_attribute",
        """
        import numpy as np
        class Set:
            def __init__(self):
                self.rng = np.random
            def __getitem__(self, index):
                return self.rng.normal()  # DRAW
        """,
    ),
    trained(
        "function_as_attribute",
        """
        import numpy as np
        class Set:
            def __init__(self, draw=np.random.rand):
                self.draw = draw
            def __getitem__(self, index):
                return self.draw()  # DRAW
        """,
    ),
    trained(
        "import_inside_the_method",
        """
        class Set:
            def __getitem__(self, index):
                import numpy as np
                return np.random.rand()  # DRAW
        """,
    ),
    trained(
        "module_re_exported_by_another_file",
        """
        from common import np
        class Set:
            def __getitem__(self, index):
                return np.random.beta(1, 1)  # DRAW
        """,
    ),
    found(
        "import_behind_a_try",
        data="""
        try:
            import numpy as np
        except ImportError:
            np = None
        class Set:
            def __getitem__(self, index):
                return np.random.rand()  # DRAW
        """,
        train="""
        from torch.utils.data import DataLoader
        from data import Set
        loader = DataLoader(Set(), num_workers=2)
        """,
    ),
    trained(
        "comprehension",
        """
        import numpy as np
        class Set:
            def __getitem__(self, index):
                return [value + np.random.rand() for value in range(3)]  # DRAW
        """,
    ),
)
def test_global_state(check: Check, example: Example) -> None:
    report = check(example.sources() | {"common.py": "import numpy as np\n"})
    assert_as_marked(report, example)
    assert {pair.draw_kind for pair in counted(report)} == {"global"}


GETTERS = """
import operator
import random
from operator import attrgetter, itemgetter, methodcaller
import numpy as np
class Moved:
    def move(self, index):
        return index + np.random.rand()
    def stay(self, index):
        return index
DRAWS = {{"one": np.random.rand, "none": float, "other": int}}
KEPT = np.random.RandomState(3)
{made}
class Set:
    def __getitem__(self, index):
        return {got}
"""


@pytest.mark.parametrize(
    ("made", "got", "outcomes"),
    [
        ("draw = methodcaller('uniform', 0, 1)", "draw(np.random)", OLD_TORCH),
        ("draw = operator.methodcaller('uniform', low=0)", "draw(np.random)", OLD_TORCH),
        ("", "list(map(methodcaller('rand'), [np.random]))", OLD_TORCH),
        ("", "methodcaller('rand')(KEPT)", BOTH),
        ("", "methodcaller('move', index)(Moved())", OLD_TORCH),
        ("", "methodcaller('stay', index)(Moved())", None),
        ("", "methodcaller('random')(random)", None),
        ("", "methodcaller('get_state')(np.random)[2]", None),
        ("get = attrgetter('random.rand')", "get(np)()", OLD_TORCH),
        ("", "attrgetter('stay', 'move')(Moved())[1](index)", OLD_TORCH),
        ("", "attrgetter('stay')(Moved())(index)", None),
        ("", "itemgetter('one')(DRAWS)()", OLD_TORCH),
        ("", "itemgetter('none', 'one')(DRAWS)[1]()", OLD_TORCH),
        ("", "itemgetter('none', 'other')(DRAWS)[1]()", None),
        ("", "itemgetter('none')(DRAWS)()", None),
        ("", "itemgetter(0)([np.random.rand, float])()", OLD_TORCH),
        ("", "operator.itemgetter(1)([np.random.rand, float])()", None),
        ("", "sorted([(2, 1), (1, 2)], key=itemgetter(1))", None),
    ],
)
def test_what_operator_makes_of_names(check: Check, made: str, got: str, outcomes: Outcomes | None) -> None:
    report = check({"data.py": GETTERS.format(made=made, got=got), "train.py": TRAIN})
    assert report.eligible is (outcomes is not None)
    assert (report.legacy, report.modern) == (outcomes or CLEAN)


@each(
    trained(
        "random_state_made_in_the_constructor",
        """
        import numpy as np
        class Set:
            def __init__(self):
                self.rng = np.random.RandomState(0)
            def __getitem__(self, index):
                return self.rng.randint(9)  # DRAW
        """,
        BOTH,
    ),
    trained(
        "unseeded_default_rng_made_in_the_constructor",
        """
        from numpy.random import default_rng
        class Set:
            def __init__(self):
                self.rng = default_rng()
            def __getitem__(self, index):
                return self.rng.integers(9)  # DRAW
        """,
        BOTH,
    ),
    trained(
        "generator_object_over_a_bit_generator",
        """
        from numpy.random import Generator, PCG64
        class Set:
            def __init__(self):
                self.rng = Generator(PCG64(1))
            def __getitem__(self, index):
                return self.rng.normal()  # DRAW
        """,
        BOTH,
    ),
    trained(
        "generator_of_the_module",
        """
        import numpy as np
        RNG = np.random.default_rng(0)
        class Set:
            def __getitem__(self, index):
                return RNG.uniform()  # DRAW
        """,
        BOTH,
    ),
    trained(
        "generator_of_another_module",
        """
        from common import RNG
        class Set:
            def __getitem__(self, index):
                return RNG.uniform()  # DRAW
        """,
        BOTH,
    ),
    trained(
        "generator_of_the_class",
        """
        import numpy as np
        class Set:
            rng = np.random.RandomState()
            def __getitem__(self, index):
                return self.rng.uniform()  # DRAW
        """,
        BOTH,
    ),
    trained(
        "generator_as_default_argument",
        """
        import numpy as np
        def jitter(value, rng=np.random.default_rng()):
            return value + rng.normal()  # DRAW
        class Set:
            def __getitem__(self, index):
                return jitter(index)
        """,
        BOTH,
    ),
    trained(
        "generator_handed_from_the_dataset_to_a_helper",
        """
        import numpy as np
        def jitter(value, rng):
            return value + rng.normal()  # DRAW
        class Set:
            def __init__(self):
                self.rng = np.random.default_rng(3)
            def __getitem__(self, index):
                return jitter(index, self.rng)
        """,
        BOTH,
    ),
    trained(
        "generator_handed_to_a_transform_when_it_is_made",
        """
        import numpy as np
        class Noise:
            def __init__(self, rng):
                self.rng = rng
            def __call__(self, value):
                return value + self.rng.normal()  # DRAW
        class Set:
            def __init__(self):
                self.noise = Noise(np.random.RandomState(0))
            def __getitem__(self, index):
                return self.noise(index)
        """,
        BOTH,
    ),
    trained(
        "bound_method_of_a_kept_generator",
        """
        import numpy as np
        class Set:
            def __init__(self):
                self.draw = np.random.RandomState(0).uniform
            def __getitem__(self, index):
                return self.draw()  # DRAW
        """,
        BOTH,
    ),
)
def test_kept_generators(check: Check, example: Example) -> None:
    report = check(example.sources() | {"common.py": "import numpy as np\nRNG = np.random.default_rng(0)\n"})
    assert_as_marked(report, example)
    assert {pair.draw_kind for pair in counted(report)} == {"instance"}


FRESH = trained(
    "fresh",
    """
    import numpy as np
    class Set:
        def __getitem__(self, index):
            return np.random.default_rng().random()  # DRAW
    """,
    CLEAN,
)
INDEXED = trained(
    "indexed",
    """
    import numpy as np
    class Set:
        def __getitem__(self, index):
            rng = np.random.RandomState(index)
            return rng.rand()  # DRAW
    """,
    CLEAN,
)
FIXED = trained(
    "fixed",
    """
    import numpy as np
    class Set:
        def __getitem__(self, index):
            rng = np.random.RandomState(7)
            return rng.rand()  # DRAW
    """,
    BOTH,
)


BY_CONTENT = """
    import hashlib
    import cv2
    import numpy as np
    class Masks:
        def __init__(self, stable):
            self.stable = stable
        @staticmethod
        def number(image):
            data = np.ascontiguousarray(image.astype(np.uint8))
            digest = hashlib.sha1(data).hexdigest()
            return hash(digest) % (2**32)
        def __call__(self, image):
            if self.stable:
                number = self.number(image)
                self.rng = np.random.RandomState(number)
                return self.rng.rand()  # DRAW
            return 0
    class Set:
        def __init__(self):
            self.masks = Masks(len(FILES) > 5)
        def __getitem__(self, index):
            path = FILES[index]
            image = cv2.imread(path)
            image = np.transpose(image, (2, 0, 1))
            return self.masks(image)
    """
"""Far from the seed to the index; and a test that stands before the making in each sample, not once."""
BY_FILE_NAME = """
    import pathlib
    import numpy as np
    class Set:
        def __init__(self):
            self.files = list(pathlib.Path(".").iterdir())
            self.rng = np.random.RandomState()
        def __getitem__(self, index):
            path = self.files[index]
            self.rng.seed(tuple(map(ord, path.name)))
            return self.rng.rand()  # DRAW
    """


TURNED_INTO = """
import numbers
import numpy as np
def random_state(seed):
    if seed is None or seed is np.random:
        return np.random.mtrand._rand
    if isinstance(seed, (numbers.Integral, np.integer)):
        return np.random.RandomState(seed)
    if isinstance(seed, np.random.RandomState):
        return seed
    raise ValueError(seed)
class Shift:
    def __call__(self, value, state=None):
        state = random_state(state)
        return self.drawn(value, random_state(state))
    def drawn(self, value, state):
        state = random_state(state)
        return value + state.rand()  # DRAW
class Set:
    def __init__(self):
        self.shift = Shift()
    def __getitem__(self, index):
        return self.shift(index, random_state({seed}))
"""


@each(
    trained("of_the_sample", TURNED_INTO.format(seed="index"), CLEAN),
    trained("of_a_constant", TURNED_INTO.format(seed="7"), BOTH),
)
def test_what_is_a_generator_already_stays_it(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


IN_A_CHAIN = """
import numpy as np
from torchvision.transforms import Compose
class Load:
    def __call__(self, index):
        return laboratory.load(index)
class Shuffle:
    def __init__(self, seed=7):
        self.seed = seed
    def __call__(self, task):
        return self.shuffled(task)
    def shuffled(self, task):
        return np.random.RandomState({seed}).permutation(task)  # DRAW
class Set:
    def __init__(self):
        self.transform = Compose([Load(), Shuffle()])
    def __getitem__(self, index):
        return self.transform(index)
"""

HANDED = """
import numpy as np
from torchvision.transforms import Compose
class Shift:
    def __init__(self, start):
        self.start = start
    def __call__(self, value, state):
        return value + np.random.RandomState({seed}).rand()  # DRAW
class Set:
    def __init__(self, start):
        self.transform = Compose([Shift(start)])
    def __getitem__(self, index):
        return self.transform(index)
"""


@each(
    FRESH,
    INDEXED,
    FIXED,
    trained("indexed", HANDED.format(seed="state"), CLEAN),
    trained("fixed", HANDED.format(seed="self.start"), BOTH),
    trained("indexed", BY_CONTENT, CLEAN),
    trained("indexed", BY_FILE_NAME, CLEAN),
    trained("indexed", IN_A_CHAIN.format(seed="(hash(task) + self.seed) % 2**32"), CLEAN),
    trained("fixed", IN_A_CHAIN.format(seed="self.seed"), BOTH),
)
def test_generators_made_for_each_sample(check: Check, example: Example) -> None:
    report = check(example.sources())
    assert_as_marked(report, example)
    assert [pair.draw_kind for pair in counted(report)] == [example.name]


@pytest.mark.parametrize(
    "made",
    [
        "np.random.default_rng(np.random.SeedSequence())",
        "np.random.default_rng(None)",
        "np.random.Generator(np.random.PCG64())",
        "np.random.RandomState()",
        "np.random.RandomState(np.random.MT19937())",
    ],
)
def test_generators_made_for_each_sample_from_new_entropy(check: Check, made: str) -> None:
    example = trained("entropy", FRESH.files["data.py"].replace("np.random.default_rng()", made), CLEAN)
    report = check(example.sources())
    assert_as_marked(report, example)
    assert [pair.draw_kind for pair in counted(report)] == ["fresh"]


@each(
    trained(
        "scipy_distribution",
        """
        from scipy.stats import norm
        class Set:
            def __getitem__(self, index):
                return norm.rvs(size=2)  # DRAW
        """,
    ),
    trained(
        "scipy_by_the_whole_name",
        """
        import scipy.stats as st
        class Set:
            def __getitem__(self, index):
                return st.truncnorm.rvs(0, 1)  # DRAW
        """,
    ),
    trained(
        "scipy_rotation",
        """
        from scipy.spatial.transform import Rotation as R
        class Set:
            def __getitem__(self, index):
                return R.random().as_matrix()  # DRAW
        """,
    ),
    trained(
        "trimesh_points_of_a_surface",
        """
        import trimesh
        class Set:
            def __getitem__(self, index):
                mesh = trimesh.load(f"{index}.obj")
                return trimesh.sample.sample_surface(mesh, 100)[0]  # DRAW
        """,
    ),
    trained(
        "sklearn_shuffle",
        """
        from sklearn.utils import shuffle
        class Set:
            def __getitem__(self, index):
                return shuffle([1, 2, 3])  # DRAW
        """,
    ),
    trained(
        "skimage_random_noise",
        """
        from skimage.util import random_noise
        def noisy(picture):
            return random_noise(picture, mode="gaussian")  # DRAW
        class Set:
            def __getitem__(self, index):
                return noisy([[index]])
        """,
    ),
    trained(
        "sklearn_made_up_data",
        """
        from sklearn import datasets
        class Set:
            def __getitem__(self, index):
                still = datasets.make_circles(8, random_state=index)
                return still, datasets.make_moons(8, noise=0.1)  # DRAW
        """,
    ),
    trained(
        "scipy_sparse_random",
        """
        import scipy.sparse as sp
        class Set:
            def __getitem__(self, index):
                return sp.random(3, 3, density=0.5).toarray()  # DRAW
        """,
    ),
    trained(
        "elastic_deformation",
        """
        import elasticdeform as elastic
        class Set:
            def __getitem__(self, index):
                return elastic.deform_random_grid([[index]], sigma=3)  # DRAW
        """,
    ),
    trained(
        "pandas_sample",
        """
        import pandas as pd
        class Set:
            def __init__(self):
                self.table = pd.read_csv("table.csv")
            def __getitem__(self, index):
                return self.table.sample(3)  # DRAW
        """,
    ),
    trained(
        "pandas_sample_with_no_seed_by_name",
        """
        import pandas as pd
        class Set:
            def __init__(self):
                self.table = pd.read_csv("table.csv")
            def __getitem__(self, index):
                return self.table.sample(3, random_state=None)  # DRAW
        """,
    ),
    trained(
        "the_global_state_checked_by_sklearn",
        """
        import numpy as np
        from sklearn.utils import check_random_state
        class Set:
            def __init__(self, rng=np.random):
                self.rng = check_random_state(rng)
            def __getitem__(self, index):
                return self.rng.rand()  # DRAW
        """,
    ),
    trained(
        "function_for_each_item_by_numpy",
        """
        import numpy as np
        @np.vectorize
        def noisy(number):
            return number + np.random.rand()  # DRAW
        shifted = np.vectorize(lambda number: number + np.random.rand())  # DRAW
        class Set:
            def __getitem__(self, index):
                return noisy([index]) + shifted([index])
        """,
    ),
)
def test_libraries_that_draw_from_the_global_state(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    unharmed(
        "python_random",
        """
        import random
        class Set:
            def __getitem__(self, index):
                return random.random() + random.randint(1, 2)
        """,
    ),
    unharmed(
        "python_random_imported_after_that_of_numpy",
        """
        from numpy import random
        import random
        class Set:
            def __getitem__(self, index):
                return random.randint(0, 9)
        """,
    ),
    unharmed(
        "torch_random",
        """
        import torch
        class Set:
            def __getitem__(self, index):
                return torch.rand(1) + torch.randint(3, (1,))
        """,
    ),
    unharmed(
        "numba_compiled_function",
        """
        import numba
        import numpy as np
        @numba.jit(nopython=True)
        def noise():
            return np.random.rand()
        class Set:
            def __getitem__(self, index):
                return noise()
        """,
    ),
    unharmed(
        "njit_imported_by_name",
        """
        from numba import njit
        import numpy as np
        @njit
        def noise():
            return np.random.rand()
        class Set:
            def __getitem__(self, index):
                return noise()
        """,
    ),
    unharmed(
        "vectorized_by_numba",
        """
        import numba
        import numpy as np
        @numba.vectorize
        def noisy(number):
            return number + np.random.rand()
        class Set:
            def __getitem__(self, index):
                return noisy([index])
        """,
    ),
    unharmed(
        "own_module_called_random",
        """
        from helpers import random
        class Set:
            def __getitem__(self, index):
                return random.rand()
        """,
    ),
    unharmed(
        "methods_of_the_same_name_on_other_objects",
        """
        import numpy as np
        class Wheel:
            def choice(self, values):
                return values[0]
            def shuffle(self, values):
                return values
        class Set:
            def __init__(self):
                self.wheel = Wheel()
            def __getitem__(self, index):
                return self.wheel.choice(self.wheel.shuffle(np.zeros(3)))
        """,
    ),
    unharmed(
        "scipy_distribution_with_a_seed_of_its_own",
        """
        from scipy.stats import norm
        class Set:
            def __getitem__(self, index):
                return norm.rvs(size=2, random_state=index)
        """,
    ),
    unharmed(
        "scipy_rotations_with_seeds_of_their_own",
        """
        from scipy.spatial.transform import Rotation
        class Set:
            def __getitem__(self, index):
                turn = Rotation.random(random_state=index) * Rotation.random(3, rng=index)
                return turn * Rotation.from_euler("xyz", (1, 2, 3))
        """,
    ),
    unharmed(
        "trimesh_points_with_a_seed_of_their_own",
        """
        import trimesh
        class Set:
            def __getitem__(self, index):
                return trimesh.sample.sample_surface(trimesh.load("a.obj"), 100, seed=index)
        """,
    ),
    unharmed(
        "pandas_sample_with_a_seed_of_its_own",
        """
        import pandas as pd
        class Set:
            def __init__(self):
                self.table = pd.read_csv("table.csv")
            def __getitem__(self, index):
                return self.table.sample(3, random_state=index)
        """,
    ),
    unharmed(
        "sample_of_python_and_of_another_object",
        """
        import random
        from somewhere import Pool
        class Set:
            def __init__(self):
                self.pool = Pool()
            def __getitem__(self, index):
                return self.pool.sample(3) + random.sample([1, 2], 1)
        """,
    ),
    unharmed(
        "name_in_a_comment_and_a_string",
        '''
        import numpy as np
        class Set:
            def __getitem__(self, index):
                """Was np.random.rand() once."""
                return "np.random.rand()"  # np.random.rand()
        ''',
    ),
)
def test_not_a_draw(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources() | {"helpers/random.py": "def rand():\n    return 4\n"}), example)


@pytest.mark.parametrize(
    ("made", "drawn_by"),
    [("random.Random(0)", "random.Random.uniform"), ("torch.Generator()", None)],
    ids=["python", "torch"],
)
def test_kept_generators_of_others_are_listed_without_weight(check: Check, made: str, drawn_by: str | None) -> None:
    draw = "self.rng.uniform(0, 1)" if drawn_by else "torch.rand(1, generator=self.rng)"
    example = unharmed(
        "kept",
        f"""
        import random
        import torch
        class Set:
            def __init__(self):
                self.rng = {made}
            def __getitem__(self, index):
                return {draw}
        """,
    )
    report = check(example.sources())
    assert_as_marked(report, example)
    assert [(pair.counts, pair.legacy, pair.modern) for pair in report.pairs] == [(False, *BOTH)]


@pytest.mark.parametrize(
    ("mark", "outcomes"), [("self.ready = True", None), ("pass", BOTH)], ids=["once_in_a_worker", "for_each_sample"]
)
@pytest.mark.parametrize("where", ["{mark}", "self.set_up()"], ids=["beside_it", "in_a_method"])
def test_a_choice_with_a_constant_seed(check: Check, mark: str, where: str, outcomes: Outcomes | None) -> None:
    data = f"""
    import numpy as np
    class Set:
        def __init__(self):
            self.ready = False
        def set_up(self):
            {mark}
        def __getitem__(self, index):
            if not self.ready:
                np.random.seed(0)
                self.subset = np.random.permutation(9)
                {where.format(mark=mark)}
            return self.subset[index]
    """
    report = check({"data.py": dedent(data), "train.py": TRAIN})
    assert (report.legacy, report.modern) == (outcomes or CLEAN)
    assert report.eligible == (outcomes is not None)


@pytest.mark.parametrize(
    ("augmenters", "draws"),
    [
        ("iaa.Fliplr(0.5)", True),
        ("iaa.Sequential([iaa.Resize(64), iaa.Fliplr(0.5)])", True),
        ("iaa.Resize((32, 64))", True),
        ("iaa.Resize((64, 64))", False),
        ("iaa.Resize([64, 64])", False),
        ("iaa.Resize(size=64)", False),
        ("iaa.Resize(size=(64, 64))", False),
        ("iaa.Resize((64, 64.5))", True),
        ("iaa.Resize((side, side))", False),
        ("iaa.Resize((sides.low, sides.low))", False),
        ("iaa.Resize((sides.low, sides.high))", True),
        ("iaa.Resize((side(), side()))", True),
        ("iaa.Resize({'height': (32, 32), 'width': (32, 64)})", True),
        ("iaa.PadToSquare()", True),
        ("iaa.Sequential(read())", True),
        ("iaa.Resize(64)", False),
        ("iaa.Resize({'height': 32, 'width': 64})", False),
        ("iaa.Sequential([iaa.CenterPadToSquare(), iaa.Resize(64)])", False),
        ("iaa.PadToAspectRatio(1.0, position='center-center').to_deterministic()", False),
        ("iaa.Fliplr(1.0)", False),
        ("iaa.Flipud()", False),
        ("iaa.Fliplr(chance())", True),
        ("iaa.Multiply(1.2)", False),
        ("iaa.Multiply()", True),
        ("iaa.Multiply((0.8, 1.2))", True),
        ("iaa.Multiply((1, 1.0))", False),
        ("iaa.Multiply(**read())", True),
        ("iaa.Multiply(mul=random.uniform(0.8, 1.2))", False),
        ("iaa.Multiply(mul=random.choice(RANGES))", True),
        ("iaa.GaussianBlur(sigma=np.random.uniform(0, 0.3))", False),
        ("iaa.Multiply(np.random.rand())", False),
        ("iaa.GaussianBlur(sigma=np.random.uniform(0, 0.3, 2))", True),
        ("iaa.GaussianBlur(sigma=np.random.uniform(0, 0.3, size=2))", True),
        ("iaa.Multiply(np.random.rand(2))", True),
        ("iaa.Multiply(np.random.choice([0.5, 2]))", True),
        ("iaa.ChangeColorspace('HSV')", False),
        ("iaa.ChangeColorspace(read(space))", False),
        ("iaa.ChangeColorspace(['HSV', 'Lab'])", True),
        ("iaa.ChangeColorspace(iaa.iap.Choice(['HSV', 'Lab']))", True),
        ("iaa.ChangeColorspace('HSV', alpha=(0, 1))", True),
        ("iaa.GammaContrast(per_channel=True)", True),
        ("iaa.AdditiveGaussianNoise(scale=10)", True),
        ("iaa.Affine(rotate=90, translate_px={'x': 4, 'y': 0})", False),
        ("iaa.Affine(rotate=90, scale=(0.8, 1.2))", True),
        ("iaa.Affine(rotate=(-5, 5), scale=(1, 1))", True),
        ("iaa.Affine(rotate=90, scale={'x': (0.8, 0.8), 'y': (1.2, 1.2)})", False),
        ("iaa.Affine()", True),
        ("iaa.Sequential([iaa.Rot90(1), iaa.GaussianBlur(sigma=1.0)])", False),
    ],
)
def test_augmenters_of_fixed_measures_draw_nothing(check: Check, augmenters: str, *, draws: bool) -> None:
    data = f"""
        import random
        import imgaug.augmenters as iaa
        import numpy as np
        class Set:
            def __init__(self):
                self.augment = {augmenters}
            def __getitem__(self, index):
                return self.augment(image=index)
    """
    report = check(trained("augmented", data, BOTH).sources())
    assert (report.eligible, report.legacy) == ((True, "duplicate") if draws else (False, "clean"))


@pytest.mark.parametrize(
    ("keeping", "outcomes"),
    [
        ("", BOTH),
        ("@functools.lru_cache(maxsize=4)", None),
        ("@functools.cache", None),
        ("@functools.wraps(print)", BOTH),
    ],
    ids=["for_each_sample", "kept_for_some", "kept_for_all", "another_decorator"],
)
@pytest.mark.parametrize(
    "drawn",
    ["np.random.default_rng(seed).permutation(9)", "np.random.RandomState(seed).permutation(9)"],
    ids=["generator", "state"],
)
def test_a_choice_with_a_constant_seed_that_is_kept(
    check: Check, keeping: str, outcomes: Outcomes | None, drawn: str
) -> None:
    data = f"""
    import functools
    import numpy as np
    {keeping}
    def order_of(path, seed=42):
        return {drawn}{"  # DRAW" if outcomes else ""}
    class Set:
        @property
        def order(self):
            return order_of("scans")
        def __getitem__(self, index):
            return self.order[index]
    """
    example = unharmed("kept", data) if outcomes is None else trained("made", data, outcomes)
    assert_as_marked(check(example.sources()), example)


def test_what_is_kept_of_the_global_state_is_drawn_in_each_worker(check: Check) -> None:
    example = trained(
        "kept",
        """
        import functools
        import numpy as np
        class Set:
            @functools.cached_property
            def order(self):
                return np.random.permutation(9)  # DRAW
            def __getitem__(self, index):
                return self.order[index]
        """,
    )
    assert_as_marked(check(example.sources()), example)


SIZES = """
import numpy as np
class Set:
    def __init__(self, size={size}, others=(8, 16)):
        if isinstance(size, int):
            size = (size, size)
        self.size = size
        self.others = others
    def __getitem__(self, index):
        return np.random.choice({among})
"""


@pytest.mark.parametrize(
    ("size", "among", "draws"),
    [
        ("8", "self.size", False),
        ("(8, 16)", "self.size", True),
        ("8", "self.others", True),
        ("8", "index", True),
        ("8", "len(self.size)", True),
    ],
)
def test_a_choice_among_one_and_the_same(check: Check, size: str, among: str, *, draws: bool) -> None:
    report = check({"data.py": SIZES.format(size=size, among=among), "train.py": TRAIN})
    assert report.eligible is draws


SET_UP = """
    import numpy as np
    from imgaug import augmenters as iaa
    class Set:
        def set_up(self, seed):
            self.moves = iaa.Sequential(self.steps(seed))
            self.colours = iaa.Multiply((0.8, 1.2), seed=seed)
        def steps(self, seed):
            return [iaa.Fliplr(0.5, seed=seed), iaa.Flipud(0.5, seed=seed)]
        def __len__(self):
            return 8
        def __getitem__(self, index):
            moves = self.moves.to_deterministic()  # DRAW
            image = moves.augment_image(np.zeros((4, 4, 3), np.uint8))  # DRAW
            return self.colours.augment_image(image)  # DRAW
    """
SETTING_UP = """
    import torch
    from torch.utils.data import DataLoader, get_worker_info
    from data import Set
    def start(worker_id):
        get_worker_info().dataset.set_up({seed})
    for batch in DataLoader(Set(), num_workers=4, worker_init_fn=start):  # LOADER
        pass
    """


@each(
    found("with_torchs_seed", CLEAN, data=SET_UP, train=SETTING_UP.format(seed="torch.randint(0, 99, (1,)).item()")),
    found("with_the_worker", EPOCHS, data=SET_UP, train=SETTING_UP.format(seed="worker_id")),
    found("with_a_constant", BOTH, data=SET_UP, train=SETTING_UP.format(seed="7")),
    found("with_none", BOTH, data=SET_UP.replace(", seed=seed", ""), train=SETTING_UP.format(seed="None")),
)
def test_augmenters_that_a_worker_sets_up(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)

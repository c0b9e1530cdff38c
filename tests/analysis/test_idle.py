"""What a walk passes by has no draw in it, however much it looks like code that only computes."""

from .examples import BOTH, TRAIN, Check, Example, assert_as_marked, each, found, trained


@each(
    trained(
        "property_of_a_sample",
        """
        import numpy as np
        class Sample:
            @property
            def image(self):
                return np.random.rand(3)  # DRAW
        class Set:
            def __getitem__(self, index):
                sample = Sample()
                total = sample.image + 1
                return total
        """,
    ),
    trained(
        "method_named_as_an_array_has_one",
        """
        import numpy as np
        class Sample:
            def astype(self, kind):
                return np.random.rand(3)  # DRAW
        class Set:
            def __getitem__(self, index):
                sample = Sample()
                return sample.astype("float32")
        """,
    ),
    trained(
        "object_that_is_made_and_asked_by_a_text",
        """
        import numpy as np
        class Sample:
            def __getitem__(self, key):
                return np.random.rand(3)  # DRAW
        class Set:
            def __getitem__(self, index):
                return Sample()["image"]
        """,
    ),
    trained(
        "function_that_a_builtin_calls",
        """
        import numpy as np
        def jittered(row):
            return row + np.random.rand()  # DRAW
        class Set:
            def __getitem__(self, index):
                rows = np.zeros((3, 3))
                return max(rows, key=jittered)
        """,
    ),
    trained(
        "hook_in_a_list",
        """
        import numpy as np
        class Set:
            def __getitem__(self, index):
                hooks = []
                hooks.append(lambda image: image * np.random.rand())  # DRAW
                return [hook(index) for hook in hooks]
        """,
    ),
    trained(
        "generator_made_in_the_worker",
        """
        import numpy as np
        class Set:
            def __getitem__(self, index):
                self.rng = np.random.RandomState(0)
                x = np.zeros(3)
                x = x.reshape(3, 1)
                return x * self.rng.rand()  # DRAW
        """,
        BOTH,
    ),
    trained(
        "dataset_by_a_text",
        """
        import numpy as np
        class Parts:
            def __getitem__(self, name):
                return np.random.rand()  # DRAW
        class Set:
            def __init__(self):
                self.dataset = Parts()
            def __getitem__(self, index):
                return self.dataset["train"]
        """,
    ),
    trained(
        "object_that_is_iterated_over",
        """
        import numpy as np
        class Crops:
            def __iter__(self):
                yield np.random.rand()  # DRAW
        class Set:
            def __getitem__(self, index):
                total = 0
                for crop in Crops():
                    total += crop
                return total
        """,
    ),
    trained(
        "test_of_data_leaves_both_ways_open",
        """
        import numpy as np
        class Set:
            def __getitem__(self, index):
                image = np.zeros((3, 3))
                if image.sum() > 3:
                    return image
                return image + np.random.rand()  # DRAW
        """,
    ),
    trained(
        "branch_of_a_sample_made_of_itself",
        """
        import numpy as np
        def flip(data):
            return None if data is None else data * np.random.rand()  # DRAW
        class Set:
            def __init__(self):
                self.steps = [flip, flip]
            def __getitem__(self, index):
                data = {"index": index}
                for step in self.steps:
                    data = step(data)
                    if data is None:
                        return None
                return data
        """,
    ),
    found(
        "loader_under_another_name",
        data="""
        import numpy as np
        class Set:
            def __getitem__(self, index):
                return np.random.rand()  # DRAW
        """,
        train="""
        from torch.utils.data import (
            DataLoader as Batches,
        )
        from data import Set
        for batch in Batches(Set(), num_workers=2):  # LOADER
            pass
        """,
    ),
    found(
        "loader_handed_on_as_a_value",
        data="""
        import numpy as np
        class Set:
            def __getitem__(self, index):
                return np.random.rand()  # DRAW
        """,
        make="""
        from torch.utils.data import DataLoader
        from data import Set
        def batches(kind=DataLoader):
            return kind(Set(), num_workers=2)  # LOADER
        """,
        train="""
        from make import batches
        for batch in batches():
            pass
        """,
    ),
)
def test_found_all_the_same(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


def test_a_helper_draws_anew_where_something_was_seeded_in_between(check: Check) -> None:
    report = check(
        {
            "data.py": "import numpy as np\n"
            "def jitter():\n"
            "    return np.random.rand()\n"
            "class Set:\n"
            "    def __getitem__(self, index):\n"
            "        before = jitter()\n"
            "        np.random.seed(index)\n"
            "        return before + jitter() + jitter()\n",
            "train.py": TRAIN,
        }
    )
    assert sorted((pair.draw_kind, [draw.line for draw in pair.draws]) for pair in report.pairs) == [
        ("global", [3]),
        ("indexed", [3]),
    ]


def test_a_helper_is_shown_on_the_way_it_was_reached(check: Check) -> None:
    """Two datasets share a helper: the way to its draw names the one that the pair is about."""
    report = check(
        {
            "data.py": "import numpy as np\n"
            "def jitter(image):\n"
            "    return image * np.random.rand()\n"
            "class First:\n"
            "    def __getitem__(self, index):\n"
            "        return jitter(index)\n"
            "class Second:\n"
            "    def __getitem__(self, index):\n"
            "        return jitter(index)\n",
            "train.py": "from torch.utils.data import DataLoader\n"
            "from data import First, Second\n"
            "loaders = [DataLoader(First(), num_workers=2), DataLoader(Second(), num_workers=2)]\n",
        }
    )
    ways = {pair.dataset: [step.rpartition(" ")[2] for step in pair.draws[0].via] for pair in report.pairs}
    assert ways == {"First": ["First.__getitem__", "jitter"], "Second": ["Second.__getitem__", "jitter"]}

"""Functions that the repository's own decorators put something around: that runs, and may draw or seed."""

from .examples import BOTH, CLEAN, Check, Example, assert_as_marked, each, trained, unharmed

AROUND = """
import numpy as np
from functools import wraps
def noisy(function):
    @wraps(function)
    def inner(self, index):
        return function(self, index) + np.random.normal()  # DRAW
    return inner
class Set:
    @noisy
    def __getitem__(self, index):
        return index
"""


@each(
    trained("around_a_method", AROUND),
    trained(
        "around_a_function_that_draws",
        """
        import numpy as np
        def timed(function):
            def inner(*args, **named):
                return function(*args, **named)
            return inner
        @timed
        def crop(index):
            return np.random.randint(index)  # DRAW
        class Set:
            def __getitem__(self, index):
                return crop(index)
        """,
    ),
    trained(
        "around_a_method_that_calls_another_of_its_kind",
        """
        import numpy as np
        def timed(function):
            def inner(*args, **named):
                return function(*args, **named)
            return inner
        class Set:
            @timed
            def load(self, index):
                return self.shift(index)
            @timed
            def shift(self, index):
                return index + np.random.rand()  # DRAW
            @timed
            def __getitem__(self, index):
                return self.load(index)
        """,
    ),
    trained(
        "around_a_function_that_calls_itself",
        """
        import numpy as np
        def timed(function):
            def inner(*args):
                return function(*args)
            return inner
        @timed
        def deep(index):
            return deep(index - 1) if index > 3 else np.random.rand()  # DRAW
        class Set:
            def __getitem__(self, index):
                return deep(index)
        """,
    ),
    trained(
        "made_with_an_argument",
        """
        import numpy as np
        def sometimes(share):
            def decorate(function):
                def inner(*args):
                    return function(*args) if np.random.rand() < share else args[-1]  # DRAW
                return inner
            return decorate
        class Set:
            @sometimes(0.5)
            def flip(self, index):
                return -index
            def __getitem__(self, index):
                return self.flip(index)
        """,
    ),
    trained(
        "with_an_argument_or_none",
        """
        import numpy as np
        from functools import partial
        def tried_again(function=None, *, times=3):
            if function is None:
                return partial(tried_again, times=times)
            def inner(self, index):
                for _ in range(times):
                    try:
                        return function(self, index)
                    except OSError:
                        index = np.random.randint(9)  # DRAW
            return inner
        class Set:
            @tried_again(times=5)
            def __getitem__(self, index):
                return open(str(index)).read()
        """,
    ),
    trained(
        "made_with_what_the_function_around_is_handed",
        """
        import numpy as np
        def around(hook):
            def decorate(function):
                def inner(index):
                    return function(index) + hook()
                return inner
            return decorate
        def draw():
            return np.random.rand()  # DRAW
        def nothing():
            return 0 * np.random.rand()
        def load_with(hook):
            @around(hook)
            def load(index):
                return index
            return load
        class Set:
            def __init__(self):
                self.load = load_with(draw)
            def __getitem__(self, index):
                return self.load(index)
        """,
    ),
    trained(
        "class_whose_objects_are_called",
        """
        import numpy as np
        class Noisy:
            def __init__(self, function):
                self.function = function
            def __call__(self, *args):
                return self.function(*args) + np.random.rand()  # DRAW
        @Noisy
        def load(index):
            return index
        class Set:
            def __getitem__(self, index):
                return load(index)
        """,
    ),
    trained(
        "seeds_by_the_sample",
        """
        import numpy as np
        def by_index(function):
            def inner(self, index):
                np.random.seed(index)
                return function(self, index)
            return inner
        class Set:
            @by_index
            def __getitem__(self, index):
                return np.random.rand()  # DRAW
        """,
        CLEAN,
    ),
    trained(
        "context_manager_with_a_constant",
        """
        import numpy as np
        from contextlib import contextmanager
        @contextmanager
        def fixed(seed):
            state = np.random.get_state()
            np.random.seed(seed)
            yield
            np.random.set_state(state)
        class Set:
            @fixed(0)
            def __getitem__(self, index):
                return np.random.rand()  # DRAW
        """,
        BOTH,
    ),
    trained(
        "context_manager_puts_the_state_back",
        """
        import numpy as np
        from contextlib import contextmanager
        @contextmanager
        def fixed(seed):
            state = np.random.get_state()
            np.random.seed(seed)
            yield
            np.random.set_state(state)
        class Set:
            @fixed(0)
            def setting(self):
                return 4
            def __getitem__(self, index):
                return self.setting() * np.random.rand()  # DRAW
        """,
    ),
    trained(
        "registers_and_hands_back",
        """
        import numpy as np
        KNOWN = {}
        def register(function):
            KNOWN[function.__name__] = function
            return function
        @register
        def noise(index):
            return np.random.rand()  # DRAW
        class Set:
            def __getitem__(self, index):
                return noise(index)
        """,
    ),
    trained(
        "by_the_type_of_what_is_handed_over",
        """
        import numpy as np
        from functools import singledispatch
        @singledispatch
        def jitter(value):
            return value
        @jitter.register
        def _(value: int):
            return value + np.random.rand()  # DRAW
        @jitter.register(str)
        def of_text(value):
            return value * np.random.randint(3)  # DRAW
        class Set:
            def __getitem__(self, index):
                return jitter(index)
        """,
    ),
    unharmed(
        "does_not_call_what_it_is_around",
        """
        import numpy as np
        def cached(function):
            def inner(self, index):
                return index
            return inner
        class Set:
            @cached
            def __getitem__(self, index):
                return np.random.rand()
        """,
    ),
    unharmed(
        "draws_while_it_decorates",
        """
        import numpy as np
        def shifted(function):
            shift = np.random.rand()
            def inner(self, index):
                return function(self, index) + shift
            return inner
        class Set:
            @shifted
            def __getitem__(self, index):
                return index
        """,
    ),
)
def test_what_runs_in_place_of_a_decorated_function(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)

"""Imports the program into a fork server before its first worker, as Python >= 3.12.8, 3.13.1 and 3.14 do on their own.

Older releases mean to (`__main__` is in the list of what is preloaded) and look for its path under the wrong name.
"""

import importlib
import os
from multiprocessing import process, spawn

# NumPy 2 imports this at first use; the releases that PyTorch < 1.9 ran with did so with NumPy itself.
importlib.import_module("numpy.random")

current = process.current_process()
current._inheriting = True  # type: ignore[attr-defined]
try:
    spawn.import_main_path(os.environ["SEEDWATCH_MAIN"])
finally:
    del current._inheriting  # type: ignore[attr-defined]

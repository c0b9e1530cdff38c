"""Puts the recorder into every process of a row's program, spawned workers too: this folder is on its PYTHONPATH."""

import draw_recorder

draw_recorder.install_on_import()

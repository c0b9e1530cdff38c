"""Patches for findings: a tree of files and its report in, changed text out. Nothing here writes a file."""

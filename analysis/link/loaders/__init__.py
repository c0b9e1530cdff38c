"""The loaders of a project."""

from analysis.link.loaders.finder import LoaderFinder
from analysis.link.loaders.loader import Loader, is_true, start_word

__all__ = ["Loader", "LoaderFinder", "is_true", "start_word"]

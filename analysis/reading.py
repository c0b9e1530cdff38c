"""Which files of a repository the analysis may ask for, told from their paths alone.

For whoever has to fetch them one by one, before their sizes are known: what is named here and large costs a transfer,
what is left out is as if it were not there. So each reader says what it reads, and this is all of it.
"""

from collections.abc import Iterable

from analysis.answers import ANSWERS_FILE
from analysis.link.configpaths import configuration_paths
from analysis.link.ginbindings import is_gin
from analysis.link.project import is_python
from analysis.link.requirements.files import version_paths
from analysis.link.unused import saying_paths
from analysis.seeds import is_script


def may_be_read(paths: Iterable[str]) -> list[str]:
    """Those of the paths that the analysis may ask for, in their order."""
    listed = list(paths)
    chosen = {ANSWERS_FILE, *configuration_paths(listed), *version_paths(listed), *saying_paths(listed)}
    return [path for path in listed if path in chosen or is_python(path) or is_gin(path) or is_script(path)]

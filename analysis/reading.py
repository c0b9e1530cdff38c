"""Which files of a repository the analysis may ask for, told from their paths alone.

For whoever has to fetch them one by one, before their sizes are known: what is named here and large costs a transfer,
what is left out is as if it were not there. Data is left out where it can be told from configuration.
"""

import posixpath
import re
from collections.abc import Iterable

from analysis.link.requirements.files import kind_of

_CODE = (".py", ".pyw", ".ipynb")
_CONFIGURATION = frozenset({".yaml", ".yml", ".toml", ".ini", ".cfg"})
_JSON_FOLDER = re.compile(r"conf|cfg|param|setting|option|experiment|recipe", re.IGNORECASE)
_JSON_NAME = re.compile(r"conf|cfg|args|param|setting|option|train|deepspeed|^ds_", re.IGNORECASE)
# What requirement files include by other names than their own kind's.
_INCLUDED = re.compile(r"(?:base|common|core|cpu|cuda|extra|full|gpu|main|minimal|runtime|torch|train)\S*\.(?:txt|in)")
MOST_JSON = 500


def may_be_read(paths: Iterable[str]) -> list[str]:
    """Those of the paths that the analysis may ask for, in their order."""
    chosen = []
    json_files = 0
    for path in paths:
        name = posixpath.basename(path).lower()
        if (
            path.endswith(_CODE)
            or kind_of(path) is not None
            or _INCLUDED.fullmatch(name)
            or posixpath.splitext(name)[1] in _CONFIGURATION
        ):
            chosen.append(path)
        elif name.endswith(".json") and json_files < MOST_JSON and _is_configuration(path):
            json_files += 1
            chosen.append(path)
    return chosen


def _is_configuration(path: str) -> bool:
    folder, name = posixpath.split(path)
    return _JSON_FOLDER.search(folder) is not None or _JSON_NAME.search(name) is not None

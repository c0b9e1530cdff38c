"""Stand-ins for packages of settings (easydict, yacs, OmegaConf and the like), dictionaries whose keys are attributes.

What the repository's own code and files say is so, and what a file that is not here says is a stub.
"""

import copy
import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from miner.verify.inside.stub import Stub, is_stub

_NAMED = re.compile(r"\$\{([\w.]+)\}")


class Settings(dict[str, Any]):
    """A dictionary whose keys are attributes, within which dictionaries are such too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        for given in args:
            self.merge(given)
        self.merge(kwargs)

    def merge(self, other: Any) -> None:
        """Takes over what another says, section by section. Of a stub nothing is known: then every key may be there."""
        if is_stub(other):
            self._open()
            return
        for key, value in other.items() if isinstance(other, Mapping) else other or ():
            mine = self.get(key)
            if isinstance(mine, Settings) and (isinstance(value, Mapping) or is_stub(value)):
                mine.merge(value)
            else:
                self[key] = value

    def _open(self) -> None:
        self.__dict__["_is_open"] = True
        for value in self.values():
            if isinstance(value, Settings):
                value._open()

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, self._within(value))

    def _within(self, value: Any) -> Any:
        if isinstance(value, dict) and not isinstance(value, Settings):
            return type(self)(value)
        return [self._within(each) for each in value] if type(value) is list else value

    __setattr__ = __setitem__

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        if name.startswith("__") or "_is_open" not in self.__dict__:
            raise AttributeError(name)
        return Stub(f"settings.{name}")

    def __delattr__(self, name: str) -> None:
        del self[name]

    def update(self, *args: Any, **kwargs: Any) -> None:
        for given in (*args, kwargs):
            for key, value in dict(given).items():
                self[key] = value

    def copy(self) -> "Settings":
        return copy.copy(self)


class _Growing(Settings):
    """Addict's: a key that is not there is an empty section."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __missing__(self, key: str) -> Any:
        self[key] = type(self)()
        return self[key]


class _Node(Settings):
    """A `CfgNode` of yacs."""

    def merge_from_file(self, path: Any) -> None:
        self.merge(_read(path))

    def merge_from_other_cfg(self, other: Any) -> None:
        self.merge(other)

    def merge_from_list(self, pairs: Any) -> None:
        for key, value in zip(pairs[::2], pairs[1::2], strict=False) if isinstance(pairs, list | tuple) else ():
            *sections, last = str(key).split(".")
            at: Any = self
            for section in sections:
                at = at[section]
            at[last] = value

    def clone(self) -> "_Node":
        return copy.deepcopy(self)

    @classmethod
    def load_cfg(cls, file: Any) -> "_Node":
        return cls(yaml.safe_load(file))

    def dump(self, *args: Any, **kwargs: Any) -> str:
        return yaml.safe_dump(_plain(self))

    def is_frozen(self) -> bool:
        return False

    def freeze(self, *args: Any, **kwargs: Any) -> None:
        return None

    defrost = lock = unlock = set_new_allowed = set_immutable = freeze
    register_deprecated_key = register_renamed_key = freeze


class _OmegaConf:
    """What programs ask of `OmegaConf`."""

    @staticmethod
    def create(given: Any = None, *args: Any, **kwargs: Any) -> Any:
        value = yaml.safe_load(given) if isinstance(given, str) else _of_object(given)
        if isinstance(value, list | tuple):
            return list(value)
        return _resolved(Settings(value if value is not None else {}))

    structured = create

    @staticmethod
    def load(path: Any) -> Any:
        said = _read(path)
        return said if is_stub(said) else _OmegaConf.create(said)

    @staticmethod
    def merge(*given: Any) -> Any:
        made = Settings()
        for one in given:
            made.merge(_of_object(one))
        return _resolved(made)

    @staticmethod
    def from_cli(*args: Any) -> Any:
        return Settings()

    @staticmethod
    def to_container(given: Any, *args: Any, **kwargs: Any) -> Any:
        return _plain(given)

    to_object = to_container

    @staticmethod
    def to_yaml(given: Any, *args: Any, **kwargs: Any) -> str:
        return str(_plain(given))

    @staticmethod
    def is_config(given: Any) -> bool:
        return isinstance(given, Settings)

    @staticmethod
    def select(given: Any, key: str, *args: Any, default: Any = None, **kwargs: Any) -> Any:
        return _at(given, key, default)

    @staticmethod
    def set_struct(*args: Any, **kwargs: Any) -> None:
        return None

    set_readonly = register_new_resolver = register_resolver = resolve = save = set_struct


def _of_object(given: Any) -> Any:
    """A dataclass, or an object of one, as a dictionary of what it says."""
    if not dataclasses.is_dataclass(given):
        return given
    made = given() if isinstance(given, type) else given
    return {one.name: _of_object(getattr(made, one.name)) for one in dataclasses.fields(made)}


def _read(path: Any) -> Any:
    """What a file of the repository says; a stub where it is not here."""
    if is_stub(path) or not isinstance(path, str | Path):
        return Stub("settings")
    try:
        with Path(path).open(encoding="utf-8") as file:
            return yaml.safe_load(file)
    except OSError:
        return Stub("settings")


def _resolved(root: Settings, within: Any = None) -> Settings:
    """The same with `${a.b}` being what stands at `a.b`, and a stub where nothing does."""
    at = root if within is None else within
    for key, value in list(at.items()):
        if isinstance(value, Settings):
            _resolved(root, value)
        elif isinstance(value, str):
            named = _NAMED.fullmatch(value)
            if named is not None or value == "???":
                at[key] = _at(root, named[1], Stub(key)) if named is not None else Stub(key)
    return root


def _at(root: Any, path: str, otherwise: Any) -> Any:
    for part in path.split("."):
        if not isinstance(root, Mapping) or part not in root:
            return otherwise
        root = root[part]
    return root


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


PACKAGES: dict[str, dict[str, Any]] = {
    "addict": {"Dict": _Growing},
    "attrdict": {"AttrDict": Settings},
    "box": {"Box": Settings},
    "easydict": {"EasyDict": Settings},
    "ml_collections": {"ConfigDict": _Node},
    "munch": {"Munch": Settings, "munchify": Settings, "DefaultMunch": Settings},
    "omegaconf": {"OmegaConf": _OmegaConf, "DictConfig": Settings, "ListConfig": list},
    "yacs.config": {"CfgNode": _Node},
}

"""Packages of settings, as far as they say what a program's settings are."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from miner.verify.inside.settings import PACKAGES
from miner.verify.inside.stub import Stub, is_stub

EasyDict = PACKAGES["easydict"]["EasyDict"]
CfgNode = PACKAGES["yacs.config"]["CfgNode"]
OmegaConf = PACKAGES["omegaconf"]["OmegaConf"]


def test_keys_are_attributes_at_every_depth() -> None:
    settings = EasyDict({"data": {"crop": True, "steps": [{"p": 0.5}]}}, workers=4)
    settings.data.size = 3
    settings.more = {"name": "a"}
    assert (settings.data.crop, settings.data.steps[0].p, settings.workers) == (True, 0.5, 4)
    assert (settings["data"]["size"], settings.more.name, settings.get("none")) == (3, "a", None)
    assert not hasattr(settings, "none")


def test_what_a_file_that_is_not_here_may_say_is_a_stub() -> None:
    settings = CfgNode({"data": {"crop": True}})
    settings.merge_from_file(Stub("args.config"))
    assert settings.data.crop is True
    assert is_stub(settings.data.other)
    assert is_stub(EasyDict(Stub("yaml.load")).data)
    assert is_stub(OmegaConf.load("/nowhere/of/it.yaml"))


def test_a_node_takes_over_a_file_and_a_list(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("data:\n  crop: false\n")
    node = CfgNode()
    node.data = CfgNode({"crop": True, "size": 3})
    other = node.clone()
    node.merge_from_file(str(file))
    node.merge_from_list(["data.size", 5])
    node.freeze()
    assert (node.data.crop, node.data.size, other.data.crop) == (False, 5, True)


def test_sections_are_merged_and_names_resolved() -> None:
    @dataclass
    class Data:
        crop: bool = True

    @dataclass
    class Program:
        data: Data = field(default_factory=Data)

    made: Any = OmegaConf.merge(
        OmegaConf.structured(Program), OmegaConf.create("data:\n  size: 3\nside: ${data.size}\nx: ${y}\nroot: ???")
    )
    assert (made.data.crop, made.data.size, made.side) == (True, 3, 3)
    assert is_stub(made.x)
    assert is_stub(made.root)
    assert OmegaConf.to_container(made)["data"] == {"crop": True, "size": 3}
    assert OmegaConf.select(made, "data.crop") is True


def test_sections_grow_where_they_are_not_there() -> None:
    grown = PACKAGES["addict"]["Dict"]()
    grown.data.crop.size = 3
    assert grown == {"data": {"crop": {"size": 3}}}
    with pytest.raises(AttributeError):
        _ = EasyDict().data

"""Which torch a repository asks for: every kind of file, who wins when they disagree, and what is no wish at all."""

import json
from pathlib import Path

import pytest

from analysis.catalog.images import ngc_torch
from analysis.link.requirements.bounds import SEEDED, parse
from analysis.link.versions import Versions, read_versions
from analysis.tree import DirectoryTree


def versions(root: Path, files: dict[str, str], near: str | None = None) -> Versions:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return read_versions(DirectoryTree(root), near=near)


@pytest.mark.parametrize(
    ("specifier", "side"),
    [
        ("==1.7.1", -1),
        ("==1.7.1+cu110", -1),
        ("===1.8", -1),
        ("==1.8.*", -1),
        ("=1.8", -1),
        ("=1.8.1=py3.8_cuda11.1_cudnn8.0.5_0", -1),
        ("==1.9", 1),
        ("==1.9.0", 1),
        ("==1.10.0", 1),
        (">=1.10", 1),
        (">=1.9", 1),
        (">=1.9.0", 1),
        (">=2.1.0dev", 1),
        (">=1.6", 0),
        (">1.8", 0),
        (">1.8.1", 1),
        ("<1.9", -1),
        ("<1.9.0", -1),
        ("<=1.9", 0),
        ("<=1.8.1", -1),
        ("<2", 0),
        (">=1.4,<1.8", -1),
        (">=1.7,!=1.12.0", 0),
        (">=2.2,<3", 1),
        ("~=1.7.0", -1),
        ("~=1.7", 0),
        ("^1.4", 0),
        ("^0.4", -1),
        ("^2.0.1", 1),
        ("~1.7", -1),
        ("1.7.1", -1),
        ("1", 0),
        ("1.6.0 || 1.7.0", -1),
        ("1.6.0 || 2.0.0", 0),
        ("", 0),
        ("*", 0),
        ("nonsense", 0),
    ],
)
def test_specifiers_lie_on_a_side_of_the_change(specifier: str, side: int) -> None:
    assert parse(specifier).side_of(SEEDED) == side


@pytest.mark.parametrize(
    ("tag", "torch"),
    [("16.12", None), ("20.11", "1.8"), ("21.03", "1.8"), ("21.06", "1.9"), ("23.10", "2.1"), ("99.01", "2.10")],
)
def test_images_by_month(tag: str, torch: str | None) -> None:
    assert ngc_torch(tag) == torch


SETUP = "from setuptools import setup\n"
PACKAGE = "from setuptools import setup\nsetup(install_requires=['{}'])\n"


@pytest.mark.parametrize(
    ("path", "text", "torch_range", "line"),
    [
        ("requirements.txt", "numpy\ntorch==1.4.0\n", "<1.9", 2),
        ("requirements.txt", "numpy\ntorch ~= 1.8.0  # see the docs\n", "<1.9", 2),
        ("requirements.txt", "torch==1.6.0+cpu ; sys_platform != 'darwin'\ntorch==1.6.0\n", "<1.9", 1),
        ("requirements.txt", "torch==1.6 ; python_version<'3.8'\ntorch==2.0 ; python_version>='3.8'\n", "open", 1),
        ("requirements.txt", "torch[opt] >= 2.0 --hash=sha256:00\n", ">=1.9", 1),
        ("requirements.txt", "torch @ https://x.org/whl/cu101/torch-1.6.0%2Bcu101-cp37-none.whl\n", "<1.9", 1),
        ("requirements.txt", "https://x.org/whl/cu100/torch-1.1.0-cp36-cp36m-linux_x86_64.whl\n", "<1.9", 1),
        ("requirements.txt", "Package Version\n------- -------\ntorch    1.7.1\n", "<1.9", 3),
        ("requirements.txt", "# conda list --export\npytorch=1.4.0=py3.7_cuda10.1_0\n", "<1.9", 2),
        ("requirements.txt", "#torch==1.4.0\npytorch-lightning==1.2.0\n", "open", None),
        ("requirements.txt", "pip install numpy\npip3 install -U torch==2.5.1+cu124 torchvision\n", ">=1.9", 2),
        ("requirements.txt", "pip install torch  # not pip install torch==1.4.0\n", "open", 1),
        ("requirements.txt", "torch>=2.0\non an old GPU: pip install torch==1.7.1\n", ">=1.9", 1),
        ("requirement.txt", "torch>=1.10\n", ">=1.9", 1),
        ("requirements/runtime.txt", "torch==1.5\n", "<1.9", 1),
        ("environment.yml", "name: torch\nchannels:\n  - pytorch\ndependencies:\n  - pytorch=1.4\n", "<1.9", 5),
        ("env.yaml", "dependencies:\n  - pytorch::pytorch==2.0=cuda\n", ">=1.9", 2),
        ("any.yml", "dependencies:\n  - python=3.8\n  - pip:\n      - torch==1.7.1\n", "<1.9", 4),
        ("config.yml", "train:\n  - torch==1.7.1\n", "open", None),
        ("setup.cfg", "[options]\ninstall_requires =\n    numpy\n    torch >= 2.0\n", ">=1.9", 4),
        ("pyproject.toml", '[project]\ndependencies = [\n  "torch-x",\n  "torch>=2.2,<3",\n]\n', ">=1.9", 4),
        ("pyproject.toml", '[build-system]\nrequires = ["torch==1.4"]\n', "open", None),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntorch = "^2.0"\n', ">=1.9", 2),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntorch = {version = "~1.7"}\n', "<1.9", 2),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntorch = {url = "https://x/torch-1.8.1-cp38.whl"}\n', "<1.9", 2),
        ("pyproject.toml", "[project\n", "open", None),
        ("Pipfile", '[packages]\nnumpy = "*"\ntorch = "==1.5.0"\n', "<1.9", 3),
        ("Pipfile.lock", '{"default": {\n"torch": {"version": "==1.5.0"}}}', "<1.9", 2),
        ("poetry.lock", '[[package]]\nname = "torch"\nversion = "1.8.1"\n', "<1.9", 3),
        ("setup.py", SETUP + 'setup(install_requires=["numpy", "torch>=2.0.0"])\n', ">=1.9", 2),
        ("setup.py", SETUP + 'need = ["torch==1.2"]\nneed += ["numpy"]\nsetup(install_requires=need)\n', "<1.9", 2),
        ("setup.py", SETUP + 'need = []\nneed.append("torch==1.2")\nsetup(install_requires=need)\n', "<1.9", 3),
        ("setup.py", SETUP + 'v = "1.2"\nsetup(install_requires=[f"torch=={v}"])\n', "<1.9", 3),
        ("setup.py", SETUP + 'o = dict()\no = {"install_requires": ["torch<1.5"]}\nsetup(**o)\n', "<1.9", 3),
        ("setup.py", SETUP + 'setup(extras_require={"all": ["torch==1.2"]})\n', "<1.9", 2),
        ("setup.py", "import torch\nprint 'torch==1.2'\n", "open", None),
        ("setup.py", "def broken(:\n", "open", None),
        ("Dockerfile", "FROM pytorch/pytorch:1.7.1-cuda11.0-cudnn8-devel\n", "<1.9", 1),
        ("Dockerfile", "ARG V=1.12\nFROM docker.io/pytorch/pytorch:${V}-cuda11\n", ">=1.9", 2),
        ("Dockerfile", "From nvcr.io/nvidia/pytorch:20.11-py3\n", "<1.9", 1),
        ("Dockerfile", "ARG BASE=nvcr.io/nvidia/pytorch:23.10-py3\nFROM ${BASE}\n", ">=1.9", 2),
        ("Dockerfile", "FROM python:3.7\nRUN apt update && \\\n  pip3 install torch==1.1.0 \\\n  numpy\n", "<1.9", 3),
        ("Dockerfile", "FROM pytorch/pytorch:nightly-devel-cuda10.0-cudnn7\n", "open", None),
        ("Dockerfile", "FROM ubuntu\n# RUN pip install torch==1.1.0\n", "open", None),
        ("cog.yaml", 'build:\n  python_packages:\n    - "torch==1.8.0"\n', "<1.9", 3),
        ("install.sh", "V=1.6.0\npip install --user torch==$V+cu101 -f https://x.org/torch_stable.html\n", "<1.9", 2),
        ("install.sh", "pip install torch==${TORCH} torchaudio\n", "open", 1),
        ("install.sh", "# pip install torch==1.6.0\n", "open", None),
    ],
)  # fmt: skip
def test_each_kind_of_file(tmp_path: Path, path: str, text: str, torch_range: str, line: int | None) -> None:
    torch = versions(tmp_path, {path: text}).torch
    assert (torch.range, torch.evidence) == (torch_range, f"{path}:{line}" if line else None)


@pytest.mark.parametrize(
    ("text", "torch_range"),
    [
        ("## Requirements\n- PyTorch 1.4.0\n", "<1.9"),
        ("## Requirements\n* Python 3.6, PyTorch 1.4\n", "<1.9"),
        ("### Prerequisites\n\n1. [PyTorch](https://pytorch.org) >= 1.10\n", ">=1.9"),
        ("Requirements\n============\n* pytorch (>=2.0)\n", ">=1.9"),
        ("0. Requirements:\n    * python3, pytorch 1.0, torchvision 0.2.1.\n", "<1.9"),
        ("## Installation\n```\ntorch==1.2.0\ntorchvision==0.4.0\n```\n", "<1.9"),
        ("## 所需环境\ntorch==1.2.0\n", "<1.9"),
        ("## Install\nInstall [PyTorch 1.0]\n\n[PyTorch 1.0]: https://pytorch.org\n", "<1.9"),
        ("## Setup\nInstall PyTorch 1.13 or later.\n", ">=1.9"),
        ("It requires Python 3.7+, CUDA 9.2+ and PyTorch 1.9+.\n", ">=1.9"),
        ("It requires Python 3.7+, CUDA 9.2+ and PyTorch 1.8+.\n", "open"),
        ("Tested with PyTorch 1.0. It should be compatible with PyTorch <=1.4 and python 3.\n", "<1.9"),
        ("## Requirements\n- PyTorch >= 1.7.0 < 1.11.0;\n", "open"),
        ("## Requirements\n- PyTorch 1.6 - 1.10\n", "open"),
        ("## Requirements\n- PyTorch 1.1, 1.2 or 1.3.1\n", "<1.9"),
        ("## Requirements\n- PyTorch 2.1.0, 2.1.1 or 2.4.1.\n", ">=1.9"),
        ("## Requirements\n- PyTorch 1.0 or PyTorch 0.4+\n", "open"),
        ("## Requirements\n- PyTorch 1.7 + CUDA 10.1\n", "<1.9"),
        ("## Requirements\n- PyTorch 1.7 +\n", "open"),
        ("## Requirements\n- PyTorch 1.0 or PyTorch 1.1\n", "<1.9"),
        ("## Requirements\n- PyTorch >= 1.10 (tested on PyTorch 1.10, 1.11)\n", ">=1.9"),
        ("## Requirements\n- PyTorch &gt;= 1.10\n", ">=1.9"),
        ("## Requirements\n| PyTorch | 1.7 |\n", "<1.9"),
        ("The code was tested on Ubuntu with:\n```\nconda install pytorch==1.6 -c pytorch\n```\n", "<1.9"),
        ("Run `pip install torch==1.8.0` first.\n", "<1.9"),
        ("# Setup\nInstall pytorch 3 with\n ```conda install pytorch=0.3.0 cuda90 -c pytorch```.\n", "<1.9"),
        ("CUDA 10: `pip install torch==1.8.0`, CUDA 11: `pip install torch==1.10.0`\n", "open"),
        ("## Installation\nUse pytorch version 1.4.0\n", "<1.9"),
        ("Prerequisites\n\nPython: 3.6\n\nPyTorch: 1.0.1\n", "<1.9"),
        ("# Dependencies\n#### python: 3.8.16<br>\n#### pytorch: 1.9.1<br>\n", ">=1.9"),
        # What is no wish.
        ("## Requirements\nThe code is tested with PyTorch 1.4.\n", "open"),
        ("## Requirements\nTested in the following environment:\n- Python 3.6\n- PyTorch 1.4\n", "open"),
        ("## Requirements\n- PyTorch (tested with 1.4.0)\n", "open"),
        ("## Requirements\n- PyTorch\n", "open"),
        ("This code was developed with Python 3.7 and PyTorch 1.4.0.\n", "open"),
        ("We ran our experiments with PyTorch 0.4.1.\n", "open"),
        ("## Upgrade\nThe previous version was in pytorch 0.2. The current one works on pytorch 1.2.\n", "open"),
        ("A PyTorch 1.4 implementation of the paper.\n", "open"),
        ("## News\n- 2020-01-01: PyTorch 1.4 is supported.\n", "open"),
        ("## Requirements\n- pytorch-lightning 1.2\n- torchvision 0.5\n- efficientnet-pytorch==0.7.0\n", "open"),
        ("## Requirements\n- PyTorch 20.10 container\n", "open"),
        ("## Install\nE.g. if you have CUDA 10.1:\n```\nconda install pytorch=1.5 -c pytorch\n```\n", "open"),
        ("<!--\n## Requirements\n- PyTorch 1.4.0\n-->\n", "open"),
        ("[![x](https://img.shields.io/badge/pytorch-1.4-red)](https://pytorch.org)\n", "open"),
    ],
)  # fmt: skip
def test_readme(tmp_path: Path, text: str, torch_range: str) -> None:
    assert versions(tmp_path, {"README.md": f"# A project\n\n{text}"}).torch.range == torch_range


@pytest.mark.parametrize(
    ("files", "torch_range"),
    [
        # A package's metadata is what it asks for; an environment is where its authors worked.
        ({"setup.py": PACKAGE.format("torch>=1.6"), "environment.yml": "dependencies:\n- pytorch=1.6\n"}, "open"),
        ({"requirements.txt": "torch>=1.4.0", "environment.yml": "dependencies:\n- pytorch=1.4.0\n"}, "open"),
        ({"setup.py": PACKAGE.format("torch"), "requirements.txt": "torch>=1.10"}, ">=1.9"),
        ({"setup.py": PACKAGE.format("torch"), "Dockerfile": "FROM nvcr.io/nvidia/pytorch:24.06-py3"}, "open"),
        ({"requirements.txt": "torch", "Dockerfile": "FROM pytorch/pytorch:1.7-cuda11"}, "<1.9"),
        ({"Dockerfile": "FROM pytorch/pytorch:1.7-cuda11", "README.md": "# Requirements\n- Pytorch >=1.3"}, "<1.9"),
        ({"docker/Dockerfile": "FROM pytorch/pytorch:1.7", "README.md": "# Requirements\n- Pytorch >=1.3"}, "open"),
        ({"cog.yaml": "- torch==1.8.1", "INSTALL.md": "# Requirements\n- PyTorch ≥ 1.9"}, ">=1.9"),
        ({"docs/en/get_started.md": "It requires PyTorch 1.8+.", "README.md": "pip install torch==1.10.1"}, "open"),
        ({"requirements.txt": "torch", "train/requirements.txt": "torch==1.13.1"}, "open"),
        ({"requirements.txt": "numpy", "code/requirements.txt": "torch==1.13.1"}, ">=1.9"),
        ({"requirements.txt": "-r req/a.in\n-c b.in", "req/a.in": "torch", "b.in": "torch==1.5"}, "<1.9"),
        ({"requirements.txt": "-r requirements/base", "requirements/base": "torch==1.5"}, "<1.9"),
        ({"requirements.txt": "-r base.req", "base.req": "torch==1.5"}, "<1.9"),
        ({"setup.py": "setup(install_requires=open('needs.in').read())", "needs.in": "torch==1.5"}, "<1.9"),
        ({"requirements.txt": "torch\ntorchvision==0.8.2"}, "<1.9"),
        ({"requirements.txt": "torch\ntorchvision==0.15.1"}, ">=1.9"),
        ({"requirements.txt": "torch\ntorchvision>=0.8.2"}, "open"),
        ({"third_party/x/requirements.txt": "torch==1.4", "docs/requirements.txt": "torch==1.4"}, "open"),
        ({"requirements/docs.txt": "torch==1.4", "requirements-dev.txt": "torch==1.4"}, "open"),
        ({".github/workflows/test.yml": "dependencies:\n- pip install torch==1.4"}, "open"),
        ({"requirements.txt": "-r requirements.txt\n-r ../../etc/passwd\ntorch==1.4"}, "<1.9"),
        ({}, "open"),
    ],
)  # fmt: skip
def test_who_wins(tmp_path: Path, files: dict[str, str], torch_range: str) -> None:
    assert versions(tmp_path, files).torch.range == torch_range


def test_a_project_among_many_speaks_for_its_own_files(tmp_path: Path) -> None:
    files = {"old/Dockerfile": "FROM pytorch/pytorch:1.4-cuda10", "new/requirements.txt": "torch>=2.0"}
    assert versions(tmp_path, files, near="old/src/train.py").torch.evidence == "old/Dockerfile:1"
    assert versions(tmp_path, files, near="new/src/train.py").torch.evidence == "new/requirements.txt:1"
    assert versions(tmp_path, files).torch.range == ">=1.9"


def test_notebooks_are_asked_last(tmp_path: Path) -> None:
    book = json.dumps(
        {"cells": [{"cell_type": "markdown"}, {"source": ["import os\n", "!pip install torch==1.6.0\n"]}]}
    )
    assert versions(tmp_path, {"n.ipynb": book}).torch.evidence == "n.ipynb:c1:2"
    assert versions(tmp_path, {"requirements.txt": "torch"}).torch.range == "open"


def test_utf_16_from_powershell(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes("torch==1.6.0\r\n".encode("utf-16"))
    assert versions(tmp_path, {}).torch.range == "<1.9"


def test_other_packages(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "torchvision>=0.7\nnumpy\npytorch_lightning==1.2.0\n",
        "setup.py": 'setup(python_requires=">=3.6", install_requires=["timm==0.3.2"])',
        "environment.yml": "dependencies:\n- torchvision=0.9\n- numpy=1.19\n",
    }
    found = {name: text for name, text in versions(tmp_path, files).specifiers.items() if text is not None}
    assert found == {
        "torchvision": ">=0.7", "numpy": "=1.19", "lightning": "==1.2.0", "timm": "==0.3.2", "python": ">=3.6",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", "![" * 100_000),
        ("README.md", "<!--" * 60_000),
        ("README.md", "[PyTorch](" * 20_000 + "\n" + "PyTorch 1.4 " * 20_000),
        ("requirements.txt", "torch" + " " * 200_000 + "=="),
        ("requirements.txt", "a " * 100_000),
        ("pyproject.toml", "a = " + "[" * 100_000),
        ("Pipfile.lock", "[" * 200_000),
        ("setup.py", "setup(install_requires=" + "(" * 50_000),
        ("Dockerfile", "RUN pip install " + "\\\n" * 50_000),
    ],
)
def test_hostile_files_say_nothing(tmp_path: Path, path: str, text: str) -> None:
    assert versions(tmp_path, {path: text}).torch.specifier is None

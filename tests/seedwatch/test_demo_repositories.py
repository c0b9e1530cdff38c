"""The demonstration repositories are the same ones on every machine."""

import shutil
import subprocess
from dataclasses import replace

from seedwatch.demo.build import build, demos


def head(repository) -> str:
    ran = subprocess.run(["git", "rev-parse", "HEAD"], cwd=repository, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def test_the_same_history_gives_the_same_commits(tmp_path, monkeypatch):
    demo = demos()[0]
    first = head(build(demo, tmp_path / "one"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "somebody")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert head(build(demo, tmp_path / "other")) == first
    assert head(build(demo, tmp_path / "one")) == first


def test_what_an_installer_compiled_is_in_none(tmp_path):
    demo = demos()[0]
    copied = []
    for commit in demo.commits:
        files = tmp_path / commit.files.name
        shutil.copytree(commit.files, files, ignore=shutil.ignore_patterns("__pycache__"))
        (files / "__pycache__").mkdir()
        (files / "__pycache__" / "train.cpython-311.pyc").write_bytes(b"compiled")
        copied.append(replace(commit, files=files))
    installed = head(build(replace(demo, commits=tuple(copied)), tmp_path / "installed"))
    assert installed == head(build(demo, tmp_path / "checkout"))


def test_they_are_sound_and_have_a_history(demo_repositories):
    for demo in demos():
        path = demo_repositories[demo.name]
        subprocess.run(["git", "fsck", "--strict", "--no-dangling"], cwd=path, check=True, capture_output=True)
        log = subprocess.run(["git", "log", "--format=%s|%aI|%an"], cwd=path, capture_output=True, text=True).stdout
        expected = [f"{each.message}|{each.date:%Y-%m-%dT%H:%M:%S}+00:00|seedwatch demo" for each in demo.commits]
        assert log.split("\n")[:-1] == expected[::-1]
        assert 2 <= len(expected) <= 4
        assert demo.shows

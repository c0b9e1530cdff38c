"""The demonstration repositories are the same ones on every machine."""

import subprocess

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


def test_they_are_sound_and_have_a_history(demo_repositories):
    for demo in demos():
        path = demo_repositories[demo.name]
        subprocess.run(["git", "fsck", "--strict", "--no-dangling"], cwd=path, check=True, capture_output=True)
        log = subprocess.run(["git", "log", "--format=%s|%aI|%an"], cwd=path, capture_output=True, text=True).stdout
        expected = [f"{each.message}|{each.date:%Y-%m-%dT%H:%M:%S}+00:00|seedwatch demo" for each in demo.commits]
        assert log.split("\n")[:-1] == expected[::-1]
        assert 2 <= len(expected) <= 4
        assert demo.shows

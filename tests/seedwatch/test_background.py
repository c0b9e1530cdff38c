"""Batches, schedules and tokens from the command line."""

import re
import shutil

import pytest

from miner.settings import load_settings
from seedwatch.demo.build import build, demos
from tests.seedwatch.conftest import program


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder in which what the first test scanned is kept for the others."""
    return tmp_path_factory.mktemp("scanned")


@pytest.fixture
def scanned(seedwatch, kept):
    """Two repositories in the database, scanned."""
    data = load_settings().data_dir
    if (kept / "data").exists():
        shutil.copytree(kept / "data", data)
    else:
        assert seedwatch("scan", *(build(demo, kept) for demo in demos()[:2])).status == 0
        shutil.copytree(data, kept / "data")
    return seedwatch


def test_rescan_makes_a_batch_and_carries_it_out(scanned):
    ran = scanned("rescan", "--all")
    assert (ran.status, "2 unchanged" in ran.out) == (0, True)
    assert ran.out.startswith("Batch 2: 2 repositories\n")


def test_a_batch_is_left_to_others_and_looked_at(scanned):
    assert scanned("rescan", "--where", "scanned = true", "--detach").out == "Batch 2: 2 repositories\n"
    listed = scanned("jobs").out
    assert re.search(r"^2 +scan +running +0 of 2 +0 +unknown +cli +scanned = true$", listed, re.MULTILINE), listed
    again = scanned("rescan", "--all", "--detach").out
    assert again == "Batch 3: 0 repositories (2 left out: another batch has them queued)\n"
    assert scanned("jobs", "pause", "2").out == "Batch 2 is paused.\n"
    assert scanned("jobs", "priority", "2", "1").status == 0
    done = scanned("jobs", "resume", "2")
    assert (done.status, "2 unchanged" in done.out) == (0, True)
    assert "2 repositories, 2 done" in scanned("jobs", "show", "2").out
    assert scanned("jobs", "retry", "2").out == "0 items of batch 2 are queued again.\n"
    assert scanned("jobs").out == "No batch is under way; `--all` lists those that ended.\n"


def test_a_worker_drains_what_is_there(scanned):
    scanned("rescan", "--all", "--detach")
    ran = program("worker", "--drain", "--concurrency", "1")
    assert ran.status == 0
    assert "2 repositories, 2 done" in scanned("jobs", "show", "2").out
    assert "No workers" in scanned("status").out
    assert '"repository": "' in ran.err


def test_a_cancelled_batch_stays_cancelled(scanned):
    scanned("rescan", "--all", "--detach")
    assert scanned("jobs", "cancel", "2").out == "Batch 2 is cancelled.\n"
    ran = scanned("jobs", "resume", "2")
    assert (ran.status, ran.err) == (2, "seedwatch jobs: batch 2 is cancelled\n")


def test_rejudge_finds_nothing_that_another_release_judged(scanned):
    ran = scanned("rejudge", "--detach")
    assert (ran.status, ran.out) == (0, "Batch 2: 0 repositories\n")
    assert "2 scanned" in scanned("rejudge", "--all").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rescan"], "say which repositories: one of --where, --from and --all"),
        (["rescan", "--all", "--where", "stars > 1"], "one of --where, --from and --all"),
        (
            ["rescan", "--where", "sters > 1"],
            "the filter cannot be read at 'sters': expected one of the columns verdict",
        ),
        (["rescan", "--all", "--older-than", "soon"], "'soon' is no age: write 90m, 12h, 7d or 2w"),
        (["jobs", "show", "9"], "there is no batch 9"),
        (["jobs", "retry", "9", "--state", "sad"], "--state is one of gone"),
        (["schedule", "add", "n", "often"], "'often' is no cron expression"),
        (["schedule", "pause", "n"], "there is no schedule 'n'"),
        (["token", "make", "n", "--scope", "all"], "scopes are batches, schedules, disputes; there is no 'all'"),
        (["token", "revoke", "n"], "there is no token 'n' that is not revoked"),
        (["worker", "--queue", "paint"], "there is no queue 'paint'; there are crawl, gpu"),
    ],
)
def test_what_cannot_be_asked_for_is_said_in_one_line(seedwatch, arguments, said):
    ran = seedwatch(*arguments)
    assert (ran.status, ran.out, said in ran.err) == (2, "", True), ran.err
    assert ran.err.count("\n") == 1


def test_the_life_of_a_schedule(seedwatch):
    added = seedwatch("schedule", "add", "weekly", "0 3 * * 1", "--time-zone", "Europe/Berlin", "--where", "stars > 5")
    assert re.fullmatch(r"weekly begins \d{4}-\d\d-\d\d 0[12]:00 UTC\.\n", added.out)
    assert "weekly    0 3 * * 1  Europe/Berlin" in seedwatch("schedule", "list").out
    assert seedwatch("schedule", "trigger", "weekly").out == "Batch 1 is queued.\n"
    assert seedwatch("schedule", "pause", "weekly").status == 0
    assert "paused" in seedwatch("schedule", "list").out
    assert seedwatch("schedule", "resume", "weekly").status == 0
    assert seedwatch("schedule", "remove", "weekly").status == 0
    assert seedwatch("schedule", "list").out == "No schedules.\n"


def test_a_token_is_shown_once_and_the_log_says_who_did_what(seedwatch):
    shown = seedwatch("token", "make", "ci", "--scope", "batches", "--expires", "90d").out
    assert re.fullmatch(r"sw_1_[\w-]{43}\n", shown)
    listed = seedwatch("token", "list").out
    assert "holds until" in listed
    assert shown.strip() not in listed
    seedwatch("token", "revoke", "ci")
    assert "revoked" in seedwatch("token", "list").out
    log = seedwatch("token", "log").out
    assert [line.split("  ")[2] for line in log.splitlines()[1:]] == ["revoke token", "make token"]

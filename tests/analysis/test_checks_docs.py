"""The pages of the companion checks are what the examples beside them say."""

from analysis.checks.docs import FOLDER, page_of, write
from analysis.checks.registry import all_checks


def test_each_check_has_its_page_as_it_would_be_written_now():
    for check in all_checks():
        assert (FOLDER / f"{check.code}.md").read_text("utf-8") == page_of(check).text(), (
            "python -m analysis.checks.docs"
        )


def test_no_page_is_left_over():
    codes = {check.code for check in all_checks()}
    assert {path.stem for path in FOLDER.glob("RP*.md")} == codes


def test_pages_are_written_once(tmp_path):
    pages = [page_of(check) for check in all_checks()]
    assert len(write(tmp_path, pages)) == len(pages)
    assert write(tmp_path, pages) == []

"""Places in a repository and their addresses."""

import pytest

from analysis.places import Place
from api.permalink import Website

GITHUB = Website()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("train.py:88", Place("train.py", 88)),
        ("a:b/c d.py:3", Place("a:b/c d.py", 3)),
        ("n.ipynb:c3:4", Place("n.ipynb:c3", 4)),
        ("no line", None),
        (":3", None),
        ("x.py:", None),
    ],
)
def test_a_place_is_read(text: str, place: Place | None) -> None:
    assert Place.parse(text) == place


def test_a_line_is_linked_at_its_commit() -> None:
    address = GITHUB.place("github.com", "owner", "name", "c0ffee", Place("a b/#?.py", 3))
    assert address == "https://github.com/owner/name/blob/c0ffee/a%20b/%23%3F.py#L3"


def test_a_repository_of_an_enterprise_server_is_linked_there() -> None:
    server = Website("https://git.example.org")
    assert server.repository("github.com", "o", "n") == "https://git.example.org/o/n"
    assert server.commit("github.com", "o", "n", "c0ffee") == "https://git.example.org/o/n/commit/c0ffee"
    assert server.place("github.com", "o", "n", "c0ffee", Place("x.py", 1)) == (
        "https://git.example.org/o/n/blob/c0ffee/x.py#L1"
    )


def test_a_notebook_is_linked_as_a_file() -> None:
    place = Place("deep/n.ipynb:c3", 4)
    assert (place.file, place.cell) == ("deep/n.ipynb", 3)
    assert GITHUB.place("github.com", "o", "n", "c0ffee", place) == "https://github.com/o/n/blob/c0ffee/deep/n.ipynb"


@pytest.mark.parametrize(("host", "commit"), [("local", "c0ffee"), ("gitlab.com", "c0ffee"), ("github.com", None)])
def test_where_no_address_is_known_there_is_none(host: str, commit: str | None) -> None:
    assert GITHUB.place(host, "o", "n", commit, Place("x.py", 1)) is None


@pytest.mark.parametrize("path", ["\ud800.py", '"><script>.py', "javascript:alert(1)", "../../../x", "\u202e.py"])
def test_a_strangers_path_stays_in_the_address(path: str) -> None:
    address = GITHUB.place("github.com", "o", "n", "c0ffee", Place(path, 1))
    assert address is not None
    assert address.startswith("https://github.com/o/n/blob/c0ffee/")
    assert address.isascii()
    assert not set(address) & set("\"'<> ")

"""Text from strangers, made visible."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.visible import clipped, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain \t text\n", "plain \t text\n"),
        ("naïve 日本語 العربية 🌱", "naïve 日本語 العربية 🌱"),
        ("a\x00b", "a␀b"),
        ("\x1b[31mred", "␛[31mred"),
        ("user\u202eresu", "user⟨U+202E⟩resu"),
        ("a\u2066b\u2069", "a⟨U+2066⟩b⟨U+2069⟩"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("\ufeffmark", "⟨U+FEFF⟩mark"),
        ("line\u2028end", "line⟨U+2028⟩end"),
        ("hangul\u3164filler", "hangul⟨U+3164⟩filler"),
        ("tag\U000e0041", "tag⟨U+E0041⟩"),
        ("lone\ud800", "lone\ufffd"),
    ],
)
def test_what_would_be_hidden_is_named(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters()))
def test_nothing_shown_reorders_hides_or_breaks(text: str) -> None:
    shown = visible(text)
    shown.encode()
    assert visible(shown) == shown
    for character in shown:
        assert unicodedata.bidirectional(character) not in {
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        }
        assert unicodedata.category(character) != "Cc" or character in "\t\n\r"


def test_a_long_line_says_how_much_of_it_is_left_off() -> None:
    assert clipped("a" * 10, 4) == ("aaaa", 6)
    assert clipped("a" * 4, 4) == ("aaaa", 0)

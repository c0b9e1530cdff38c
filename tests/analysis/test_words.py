"""Files by the names in them: the same whether their words were kept or not."""

from analysis.facts.reading import FactsReader
from analysis.link.words import AT_ONCE, LEAST_KEPT, Words
from tests.analysis.test_facts_reading import Kept

FILES = {f"file{number}.py": b"name%d = shared_%d\n" % (number, number % 3) for number in range(2 * AT_ONCE + 5)}
LARGE = FILES | {"large.py": b"many = 1\n" * (LEAST_KEPT // 8)}


def asked(sources: dict[str, bytes], cache: Kept | None = None) -> dict[str, list[str]]:
    reader = FactsReader(cache, sources)
    looked = Words(sources, reader)
    found = {word: looked.holding(word) for word in ("name7", "shared_1", "many", "nowhere", "1")}
    found["-shared_2"] = looked.containing("= shared_2")
    reader.flush()
    return found


def plainly(sources: dict[str, bytes]) -> dict[str, list[str]]:
    def holding(word: bytes) -> list[str]:
        return [path for path, data in sources.items() if word in data.split()]

    found = {word: holding(word.encode()) for word in ("name7", "shared_1", "many", "nowhere", "1")}
    return found | {"-shared_2": [path for path, data in sources.items() if b"= shared_2" in data]}


def test_every_file_is_found_in_the_order_of_the_sources() -> None:
    assert asked(FILES) == plainly(FILES)
    assert asked(LARGE) == plainly(LARGE)


def test_kept_words_say_the_same_and_follow_the_contents() -> None:
    cache = Kept()
    assert asked(LARGE, cache) == plainly(LARGE)
    kept = dict(cache.rows)
    assert len(kept) == 3
    assert asked(LARGE, cache) == plainly(LARGE)
    assert cache.rows == kept
    changed = LARGE | {"file7.py": b"nowhere = 1\n"}
    assert asked(changed, cache) == plainly(changed)
    assert len(cache.rows) == 4


def test_what_is_damaged_is_made_anew() -> None:
    cache = Kept()
    asked(LARGE, cache)
    whole = dict(cache.rows)
    for damage in (b"", b"\xc1", b"\x92\xc4\x01a\xc4\x01b", b"\x92\xc4\x03a b\xc4\x08" + bytes(8)):
        cache.rows = dict.fromkeys(whole, damage)
        assert asked(LARGE, cache) == plainly(LARGE)
        assert cache.rows == whole

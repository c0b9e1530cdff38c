"""A pair told as a story."""

from analysis.places import Place
from analysis.report import Draw
from api.story import Story, Storyteller
from miner.store import FoundScan, RepositoryInfo, Store
from tests.api.conftest import client_over
from tests.api.samples import EXCERPTS, MOMENT, pair, report


def tell(**changes: object) -> Story:
    return Storyteller(EXCERPTS, lambda place: f"https://example.org/{place}").tell(pair(**changes))


def marked(story: Story, role: str) -> list[int]:
    [step] = [step for step in story.steps if step.role == role]
    return [line.number for spot in step.spots for line in spot.lines if line.marked]


def test_the_story_goes_from_the_loader_to_the_draw() -> None:
    story = tell()
    assert [step.role for step in story.steps] == ["loader", "reseed", "dataset", "draw"]
    assert [str(spot.place) for spot in story.steps[0].spots] == ["train.py:88", "train.py:17"]
    assert [(call.name, str(call.spot and call.spot.place)) for call in story.steps[3].way] == [
        ("CropSet.__getitem__", "data/crops.py:30"),
        ("RandomCrop.__call__", "data/transforms.py:11"),
    ]


def test_a_call_whose_place_cannot_be_read_is_told_as_it_is() -> None:
    draw = Draw(path="far.py", line=1, api="x", kind="global", via=["somewhere", "dir with space/a.py:3 Name"])
    way = tell(draws=[draw]).steps[3].way
    assert [(call.name, call.spot and call.spot.place) for call in way] == [
        ("somewhere", None),
        ("Name", Place("dir with space/a.py", 3)),
    ]


def test_lines_are_marked_where_they_are_first_shown() -> None:
    story = tell()
    assert marked(story, "loader") == [88, 17]
    assert marked(story, "dataset") == [30, 33]
    assert marked(story, "draw") == [13, 14]


def test_a_dataset_that_draws_itself_is_one_step() -> None:
    draw = Draw(path="data/crops.py", line=33, api="numpy.random.rand", kind="global", via=[])
    story = tell(draws=[draw])
    assert [step.role for step in story.steps] == ["loader", "reseed", "draw"]
    assert marked(story, "draw") == [30, 33]


def test_a_place_without_an_excerpt_is_still_named_and_linked() -> None:
    story = tell(loader="other.py:5")
    spot = story.steps[0].spots[0]
    assert (spot.place, spot.url, spot.lines) == (Place("other.py", 5), "https://example.org/other.py:5", ())


def test_many_draws_are_counted() -> None:
    draws = [Draw(path="far.py", line=line, api="numpy.random.rand", kind="global", via=[]) for line in range(1, 31)]
    story = tell(draws=draws)
    assert (len(story.steps[3].spots), story.draws_left_out) == (4, 26)


def test_workers_are_told_as_they_are_known() -> None:
    assert tell().steps[0].text.startswith("4 worker processes by default.")
    assert tell(workers="literal", workers_value=1).steps[0].text.startswith("1 worker process, as the code says.")
    assert "judged as if there were several" in tell(workers="unknown", workers_value=None).steps[0].text
    assert tell(workers="zero", workers_value=0).steps[0].text.startswith("It starts none")
    assert "live on" in tell(persistent_workers=True).steps[0].text
    assert "started by spawn" in tell(start_method="spawn").steps[0].text


def test_a_seed_that_repeats_says_how() -> None:
    assert "the same again in each epoch" in tell(reseed="epoch", reseed_at="train.py:89").steps[1].text
    assert "neighbouring epochs overlap" in tell(reseed="good", overlap=True).steps[1].text
    assert "the same in every run" in tell(reseed="epoch", same_every_run=True).steps[1].text


def test_what_is_lost_is_a_share() -> None:
    assert tell(distinct_share=0.25).loss == "About 75% of the numbers drawn in an epoch are repeats."
    assert tell(distinct_share=1.0).loss is None
    assert tell(distinct_share=None).loss is None


def test_code_without_a_licence_is_linked_to_and_not_shown(sqlite_store: Store) -> None:
    sqlite_store.upsert_found([RepositoryInfo("o", "closed"), RepositoryInfo("o", "open", licence="MIT")], source="q")
    for name, licensed, excerpts in (("closed", False, ()), ("open", True, EXCERPTS)):
        repository = sqlite_store.get_repository("github.com", "o", name)
        assert repository is not None
        found = FoundScan(report(f"o/{name}"), MOMENT, excerpts=tuple(excerpts), licensed=licensed)
        sqlite_store.save_scan(repository.id, found)
    with client_over(sqlite_store.url) as client:
        closed, shown = (client.get(f"/repos/github.com/o/{name}").text for name in ("closed", "open"))
    assert "No licence was found" in closed
    assert "/blob/" in closed
    assert ("No licence was found" in shown, "under MIT" in shown) == (False, True)


def test_a_reseeding_that_cannot_be_read_is_not_called_none() -> None:
    steps = {step.role: step for step in tell(legacy="unknown", modern="unknown", reseed="none", reseed_at=None).steps}
    assert (steps["reseed"].title, "cannot be read" in steps["reseed"].text) == ("The workers' seeds", True)

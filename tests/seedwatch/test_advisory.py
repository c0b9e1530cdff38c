"""`seedwatch advisory`: the text of an issue from what is stored, and nothing is sent."""

from analysis.fix.patch import Patch
from api.permalink import Website
from miner.store import Store, upgrade
from miner.store.proofs import TriedPatch
from seedwatch.output.advisory import advisory
from tests.api import samples
from tests.miner.verify.samples import CONFIRMED

PATCH = Patch(
    pairs=["ws-1f0c"],
    code="WS101",
    recipe="r",
    safe=True,
    explanation="It seeds `numpy`.",
    diff="--- a/x\n+++ b/x\n+```\n",
)


def stored(url: str) -> None:
    upgrade(url)
    with Store(url) as store:
        samples.add(store, samples.report("north-lab/crops"))
        samples.add(store, samples.report("north-lab/fine", pairs=[], legacy="clean", verdict="mitigated"))


def test_the_issue_has_evidence_and_links(seedwatch, tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'seedwatch.db'}"
    monkeypatch.setenv("SEEDWATCH_DATABASE_URL", url)
    stored(url)
    ran = seedwatch("advisory", "north-lab/crops")
    assert ran.status == 0
    assert ran.out.startswith("NumPy's random numbers repeat between DataLoader workers\n")
    assert f"https://github.com/north-lab/crops/blob/{samples.COMMIT}/data/transforms.py#L13" in ran.out
    assert "top = np.random.randint(height - self.size)" in ran.out
    monkeypatch.setenv("SEEDWATCH_GIT_URL", "https://git.example.org")
    elsewhere = seedwatch("advisory", "north-lab/crops").out
    assert f"(https://git.example.org/north-lab/crops/blob/{samples.COMMIT}/" in elsewhere
    for other, said in (("north-lab/fine", "nothing was found"), ("no/where", "was not scanned"), ("x", "owner/name")):
        refused = seedwatch("advisory", other)
        assert (refused.status, said in refused.err) == (2, True)


def test_the_issue_offers_the_patch_in_a_fence_that_holds_and_says_what_running_it_gave(tmp_path):
    url = f"sqlite:///{tmp_path / 'seedwatch.db'}"
    stored(url)
    with Store(url) as store:
        repository = store.get_repository("github.com", "north-lab", "crops")
        assert repository is not None
        report = samples.report("north-lab/crops")
        tried = TriedPatch(PATCH, "proven", "repeats were confirmed without the patch", samples.MOMENT)
        text = advisory(repository, report, samples.EXCERPTS, [tried], {"ws-1f0c": CONFIRMED}, Website())
    assert f"compared the generator's state before each of these draws: {CONFIRMED.reason}." in text
    assert "I ran the loader with it too, and nothing repeated any more." in text
    assert "````diff\n--- a/x\n+++ b/x\n+```\n````\n" in text

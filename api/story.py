"""A pair told as a story: the loader starts workers, something reseeds them or not, the dataset draws.

Turns a report's pairs and the stored excerpts into what the repository's page shows. Nothing is judged here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from analysis.places import Place
from analysis.report import BUGS, Draw, Pair
from api.visible import clipped
from api.words import DRAW_KIND_MEANING, lost_share

_LINE_LIMIT: Final = 240
_DRAWS_SHOWN: Final = 4

Linker = Callable[[Place], str | None]


class Excerpt(Protocol):
    """A few lines of a file as the store keeps them."""

    @property
    def path(self) -> str: ...

    @property
    def first_line(self) -> int: ...

    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Line:
    """A line of code. `cut` is how many characters at its end are not shown."""

    number: int
    text: str
    marked: bool
    cut: int


@dataclass(frozen=True, slots=True)
class Spot:
    """A place, its address on the host's website if it has one, and the lines around it if they are kept."""

    place: Place
    url: str | None
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Call:
    """A function on the worker's way to a draw, and where it is defined if that is known."""

    name: str
    spot: Spot | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story. `way` names the calls between the worker's entry and a draw."""

    role: str
    title: str
    text: str
    spots: Sequence[Spot]
    way: Sequence["Call"] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """A pair, its steps in the order in which they happen, and how much of the randomness is lost."""

    pair: Pair
    steps: Sequence[Step]
    draws_left_out: int
    loss: str | None

    @property
    def has_bug(self) -> bool:
        """Whether the pair has the bug under either PyTorch."""
        return self.pair.legacy in BUGS or self.pair.modern in BUGS


class Storyteller:
    """Tells the pairs of one scan."""

    def __init__(self, excerpts: Iterable[Excerpt], link: Linker) -> None:
        self._excerpts: dict[str, list[Excerpt]] = {}
        for excerpt in excerpts:
            self._excerpts.setdefault(excerpt.path, []).append(excerpt)
        self._link = link

    def tell(self, pair: Pair) -> Story:
        """The story of `pair`."""
        draws = _one_per_line(pair.draws)
        return Story(
            pair=pair,
            steps=[self._loader(pair), self._reseed(pair), *self._from_dataset_to_draw(pair, draws[:_DRAWS_SHOWN])],
            draws_left_out=max(0, len(draws) - _DRAWS_SHOWN),
            loss=lost_share(pair.distinct_share),
        )

    def spot(self, text: str | None) -> Spot | None:
        """The spot that `path:line` names, or None where there is no such place."""
        place = Place.parse(text) if text else None
        return self._spot(place, {place.line}) if place else None

    def _loader(self, pair: Pair) -> Step:
        spots = [self.spot(pair.loader)]
        if pair.workers_evidence != pair.loader:
            spots.append(self.spot(pair.workers_evidence))
        return Step("loader", "The loader starts its workers", _workers_sentence(pair), _present(spots))

    def _reseed(self, pair: Pair) -> Step:
        spots = _present([self.spot(pair.reseed_at)])
        if "unknown" in (pair.legacy, pair.modern):
            return Step("reseed", "The workers' seeds", "What seeds the generator cannot be read here.", spots)
        if pair.reseed == "none" and not spots:
            return Step("reseed", "Nothing reseeds the generator", _reseed_sentence(pair), ())
        return Step("reseed", "The workers' seeds", _reseed_sentence(pair), spots)

    def _from_dataset_to_draw(self, pair: Pair, draws: Sequence[Draw]) -> Sequence[Step]:
        """The worker's way from the dataset to the draws: one step where the dataset's own lines draw, else two."""
        entry = Place.parse(pair.entry)
        beside = [draw for draw in draws if entry and draw.path == entry.path]
        dataset = self._spot(entry, {entry.line, *(draw.line for draw in beside)}) if entry else None
        seen = {(draw.path, draw.line) for draw in beside if dataset and _shows(dataset, draw.line)}
        elsewhere = [draw for draw in draws if (draw.path, draw.line) not in seen]
        called = f"Every sample comes through {pair.dataset}, in the worker's own process."
        if draws and not elsewhere:
            text = f"{called} It draws from {_what(pair, draws)}"
            return [Step("draw", "Each worker calls the dataset, which draws", text, _present([dataset]))]
        way = elsewhere[0].via if elsewhere else ()
        return [
            Step("dataset", "Each worker calls the dataset", called, _present([dataset])),
            Step(
                "draw",
                "There the numbers are drawn",
                f"From {_what(pair, draws)}" if draws else "",
                self._drawn(elsewhere),
                [self._call(text) for text in way] if len(way) > 1 else (),
            ),
        ]

    def _call(self, text: str) -> Call:
        """The call that the report writes as `path:line Qualified.name`."""
        place, _, name = text.rpartition(" ")
        spot = self.spot(place)
        return Call(name, spot) if spot else Call(text, None)

    def _drawn(self, draws: Sequence[Draw]) -> Sequence[Spot]:
        """A spot for each excerpt that has draws in it."""
        spots: list[Spot] = []
        for draw in draws:
            if not any(spot.place.path == draw.path and _shows(spot, draw.line) for spot in spots):
                marked = {other.line for other in draws if other.path == draw.path}
                spots.append(self._spot(Place(draw.path, draw.line), marked))
        return spots

    def _spot(self, place: Place, marked: set[int]) -> Spot:
        return Spot(place, self._link(place), self._lines(place, marked))

    def _lines(self, place: Place, marked: set[int]) -> Sequence[Line]:
        for excerpt in self._excerpts.get(place.path, ()):
            rows = excerpt.text.split("\n")
            if excerpt.first_line <= place.line < excerpt.first_line + len(rows):
                return [_line(excerpt.first_line + index, row, marked) for index, row in enumerate(rows)]
        return ()


def _line(number: int, text: str, marked: set[int]) -> Line:
    shown, cut = clipped(text.rstrip("\r"), _LINE_LIMIT)
    return Line(number, shown, number in marked, cut)


def _shows(spot: Spot, line: int) -> bool:
    return any(shown.number == line for shown in spot.lines)


def _present(spots: Iterable[Spot | None]) -> Sequence[Spot]:
    return [spot for spot in spots if spot is not None]


def _what(pair: Pair, draws: Sequence[Draw]) -> str:
    """`np.random's module state, ... (numpy.random.rand)`"""
    names = ", ".join(dict.fromkeys(draw.api for draw in draws))
    return f"{DRAW_KIND_MEANING[pair.draw_kind]} ({names})."


def _one_per_line(draws: Iterable[Draw]) -> Sequence[Draw]:
    return list({(draw.path, draw.line): draw for draw in reversed(list(draws))}.values())[::-1]


def _workers_sentence(pair: Pair) -> str:
    count = pair.workers_value
    many = "1 worker process" if count == 1 else f"{count} worker processes"
    match pair.workers:
        case "zero":
            return "It starts none: samples are drawn in the parent process."
        case "unknown":
            return "How many is set outside the repository. It is judged as if there were several."
        case "literal":
            sentence = f"{many}, as the code says." if count is not None else "Several, as the code says."
        case "default":
            sentence = f"{many} by default." if count is not None else "Several by default."
    if pair.persistent_workers:
        sentence += " They live on from epoch to epoch."
    if pair.start_method not in (None, "fork"):
        return f"{sentence} They are started by {pair.start_method}."
    return f"{sentence} Each begins as a copy of its parent, generator state included."


def _reseed_sentence(pair: Pair) -> str:
    match pair.reseed:
        case "none":
            sentence = "The generator that is drawn from is left as it was copied."
        case "good":
            sentence = "The generator gets a seed that differs by worker and by epoch."
        case "epoch":
            sentence = "The generator gets a seed that differs by worker, and is the same again in each epoch."
        case "constant":
            sentence = "The generator gets the same seed in every worker."
    if pair.overlap:
        sentence += " Seeds of neighbouring epochs overlap: one epoch's worker 1 is the next one's worker 0."
    if pair.same_every_run:
        sentence += " The numbers are the same in every run, whatever seed is set."
    return sentence

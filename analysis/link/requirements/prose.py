"""What a README or an installation page asks for: install commands, and lists of requirements.

"PyTorch >= 1.6" under "Requirements" is a wish, "tested with PyTorch 1.7" is a report of what once worked and binds
nobody; most of this module tells the two apart, sentence by sentence.
"""

import re
from collections.abc import Iterator

import msgspec

from analysis.link.requirements.bounds import OPERATOR, VERSION, Bounds, clause, release_of
from analysis.link.requirements.commands import LONGEST_LINE, logical_lines, read_commands
from analysis.link.requirements.declaration import Declaration


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_ASKING_HEADING = _any(
    r"requirement|requisite|dependenc|install|environment|set-?\s?up|usage|how to run",
    r"getting.started|get.started|quick.?start",
    r"环境|安装|依赖|配置|필수|설치|요구|環境|インストール",
)
_HISTORY_HEADING = _any(
    r"change|release|news|update|what.?s new|history|todo|20[12]\d",
    r"result|benchmark|model.?zoo|acknowledg|credit|citation|reference|license|faq|troubleshoot|known",
)
_ASKING_VERB = _any(
    r"\binstall|\brequir|\bneeds?\b|\bdepends?\b|\bmust\b|^\W*use\b",
    r"安装|需要|依赖",
)
_WORKS_WITH = _any(r"compatible with|\bworks? (?:with|on|under)\b")
"""Binds where it tells a range: that it works with PyTorch 1.2 does not say that it fails with another."""
_TRIED = (
    r"\btest(?:s|ed|ing)?\b|\bdeveloped\b|\bexperiment|\bran\b|\breproduc|\bverified",
    r"\bour (?:setup|environment|settings?)\b",
    r"测试|实验|테스트",
)
_REPORT = _any(
    *_TRIED,
    r"\bdevelop|\b(?:runs?|running|trained|training is|training was) (?:on|with|under|using|in)\b|\bevaluat",
    r"\bwe (?:use|used|are using|have used|implement)|\bimplement(?:ed|ation)\b|\bbuilt\b|\bbased on\b",
    r"\bchecked\b|\bwritten\b|\bcoded\b|\bported\b|\bconfirmed\b|\bvalidated\b",
    r"\bif you\b|\bif your\b|\binstead\b|\bissue|\bbug\b|\bfix|\berrors?\b|\bwarning|\bbefore\b|\bsince\b",
    r"\bfor example\b|\be\.g\.|\bsuch as\b",
)
"""What the authors did or met with, not what they ask for."""
_REPORT_ABOVE = _any(*_TRIED, r"\brun (?:on|with|under)\b")
_EXAMPLE = _any(
    r"\be\.g\b|\bfor example\b|\bfor instance\b|\bexamples?\b|\bif you (?:have|use|are|would|want)|比如|例如"
)

_TORCH = r"(?<![\w./\-=])(?:Py)?Torch(?![\w.]*[-_]?[a-z])(?:\s+version)?(?:['\u2019]s)?"
_DASH = "\\-\u2013"
_LATER = _any(
    # "1.7+ and CUDA 10" is a range, "1.7 + CUDA 10" a list.
    r"\s*(?:(?<=\S)\+|\+(?!\s+[a-z])|及?以上|이상|以降)",
    r"\s*(?:or|and)\s+(?:a\s+)?(?:later|above|newer|higher|greater|up|more)",
)
_MENTION = _any(rf"{_TORCH}\s*[:(\[|,~{_DASH}]{{0,2}}\s*(?P<first>{OPERATOR})?\s*(?P<version>{VERSION})(?![\w%])")
_LEAD = _any(rf"^{_TORCH}[\s:(\[|,{_DASH}]*")
_NEXT = _any(
    rf"\s*(?P<join>,\s*(?:or|and)?|/|\bor\b|\band\b|&|[~{_DASH}]|\bto\b|)\s*(?:{_TORCH}\s*)?"
    rf"(?P<operator>{OPERATOR})?\s*(?P<version>{VERSION})(?![\w%])"
)
_PACKAGE_LINE = re.compile(r"[\w -]{2,30}[:=<>~ ]+v?\d+(?:\.\d+)+")
"""A package and its version, for which some write a heading each."""
_BARE_TITLE = _any(r"(?:\w+ )?(?:requirements?|prerequisites?|dependenc(?:y|ies)|installation|environments?) ?:?")
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d+[.)]|\||#{2,6}(?=\s))\s*")
_FENCE = re.compile(r"^\s*(?:```[^`]*$|~~~)")
"""A line that opens or closes a block; three backticks around a command within one line do neither."""


LATEST_MAJOR = (3,)
"""No torch of this number exists: "PyTorch 21.12" is the name of a container, "PyTorch 3" a slip for 0.3."""


class Page(msgspec.Struct):
    """What a page asks for, the commands apart from the words: a command is the firmer statement."""

    commands: list[Declaration]
    statements: list[Declaration]


class _Line(msgspec.Struct, frozen=True):
    number: int
    raw: str
    text: str
    heading: str
    intro: str
    """The last line of prose above a list or a code block."""
    fenced: bool


def read_page(text: str, path: str) -> Page:
    """The install commands and the stated torch versions of a Markdown or reStructuredText page."""
    page = Page([], [])
    for line in _lines(text):
        commands = read_commands(line.raw, path, line.number)
        if not commands:
            page.statements += _statements(line, path)
        elif not _EXAMPLE.search(line.intro):
            page.commands += commands
    return page


def _lines(text: str) -> Iterator[_Line]:
    heading = intro = ""
    fenced = False
    rows = list(logical_lines(_without_comments(text)))
    for index, (number, raw) in enumerate(rows):
        if _FENCE.match(raw):
            fenced = not fenced
            continue
        if not raw.strip() or len(raw) > LONGEST_LINE:
            continue
        line = _spaced(raw if fenced else _plain(raw))
        below = rows[index + 1][1].strip() if index + 1 < len(rows) else ""
        if not fenced and (title := _heading(raw, line, below)):
            heading, intro = title, ""
        elif (
            not fenced
            and (line.rstrip().endswith((":", "\uff1a")) or not _ITEM.match(raw))
            and not _MENTION.match(line.strip())
        ):
            intro = line
        yield _Line(number, raw, line, heading, "" if intro is line else intro, fenced)


def _heading(raw: str, line: str, below: str) -> str | None:
    if raw.startswith("#"):
        title = line.strip("# ")
        return None if _PACKAGE_LINE.match(title) else title
    if _BARE_TITLE.fullmatch(line.strip()):
        return line.strip()
    if len(line) < 80 and re.fullmatch(r"([=\-~^\"'*+])\1{2,}", below):
        return line.strip()
    if (
        len(line) < 60
        and re.match(r"\s*(?:\*\*|__|<b>|<h\d>|<strong>)", raw)
        and re.search(r"(?:\*\*|__|</b>|</h\d>|</strong>):?\s*$", raw)
    ):
        return line.strip()
    return None


def _statements(line: _Line, path: str) -> Iterator[Declaration]:
    if "torch" not in line.text.lower():
        return
    for sentence in re.split(r"(?<=[.!?;\u3002\uff1b])\s+(?=[A-Z\[(\u4e00-\u9fff])", line.text):
        sentence = _without_asides(sentence)
        mention = _MENTION.search(sentence)
        if (
            mention is None
            or release_of(mention["version"]) >= LATEST_MAJOR
            or _REPORT.search(sentence)
            or _reported_above(line)
        ):
            continue
        bounds, explicit, end = _bounds(mention, sentence)
        if bounds is not None and _asks(line, sentence, mention, explicit=explicit):
            words = sentence[mention.start() : end].strip()
            specifier = _LEAD.sub("", words)
            yield Declaration("torch", specifier, bounds, path, line.number)


def _without_asides(sentence: str) -> str:
    """`PyTorch >= 1.4 (tested with 1.7)` without its parenthesis; a bare number with one is left to be a report."""
    shorter = re.sub(r"\([^()]*\)", lambda match: "" if _REPORT.search(match[0]) else match[0], sentence)
    mention = _MENTION.search(shorter)
    return shorter if mention is not None and _bounds(mention, shorter)[1] else sentence


def _reported_above(line: _Line) -> bool:
    """Whether a list or a block is introduced as what the authors happened to use."""
    listed = line.fenced or _ITEM.match(line.text) is not None or len(line.text) < 60
    return bool(listed and line.intro and _REPORT_ABOVE.search(line.intro) and not _ASKING_VERB.search(line.intro))


def _asks(line: _Line, sentence: str, mention: re.Match[str], *, explicit: bool) -> bool:
    if _HISTORY_HEADING.search(line.heading) and not _ASKING_HEADING.search(line.heading):
        return False
    if _ASKING_VERB.search(sentence[: mention.start()]) or (
        explicit and _WORKS_WITH.search(sentence[: mention.start()])
    ):
        return True
    before = _ITEM.sub("", sentence[: mention.start()]).strip()
    short = len(before) < 40 and (line.fenced or _ITEM.match(line.text) is not None or not before)
    if _ASKING_HEADING.search(line.heading) or _ASKING_HEADING.search(line.intro):
        return short or explicit
    return explicit and not before


def _bounds(mention: re.Match[str], sentence: str) -> tuple[Bounds | None, bool, int]:
    """The interval of `>= 1.7 < 1.11`, `1.6 - 1.10`, `1.2 or 1.3`, `1.8+`; whether an operator says so; its end."""
    operator = mention["first"] or ""
    bounds = clause(operator, mention["version"])
    explicit, position = bool(operator), mention.end()
    if later := _LATER.match(sentence, position):
        return clause(">=", mention["version"]), True, later.end()
    while further := _NEXT.match(sentence, position):
        other = clause(further["operator"] or "", further["version"])
        join = further["join"].lower().strip()
        if further["operator"]:
            bounds = bounds.both(other)
        elif operator or other.low is None or other.low >= LATEST_MAJOR or not join or "." not in further["version"]:
            break
        else:
            bounds = bounds.either(other)
        position = further.end()
        if later := _LATER.match(sentence, position):
            return Bounds(bounds.low, None), True, later.end()
    return bounds, explicit, position


def _spaced(line: str) -> str:
    """One space for many, the indentation apart: the patterns here look for spaces in several places at once."""
    return re.sub(r"(?<=\S)\s+", " ", line)


def _plain(line: str) -> str:
    """The words of a line of Markdown, reStructuredText or HTML."""
    line = re.sub(r"!\[[^\[\]]*\]\([^()]*\)", " ", line)
    line = re.sub(r"\[([^\[\]]*)\]\([^()]*(?:\([^()]*\)[^()]*)?\)*", r"\1", line)
    line = re.sub(r"\[([^\[\]]+)\](?:\[[^\[\]]*\])?", r"\1", line)
    line = re.sub(r"`([^`<]*)<[^<>]*>`_+", r"\1", line)
    line = re.sub(r"</?[a-zA-Z][^<>]*>", " ", line)
    line = (
        line.replace("&gt;", ">").replace("&lt;", "<").replace("\\>", ">").replace("\\<", "<").replace("$\\geq$", ">=")
    )
    # A bullet's asterisk stays: it says that the line is an item.
    return re.sub(r"`|\*\*|__|(?<=\S)\*|\*(?=\S)", "", line).replace("\u00a0", " ").rstrip()


def _without_comments(text: str) -> str:
    """The page without HTML comments, its line numbers kept."""
    parts = []
    position = 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts += [text[position:start], "\n" * text.count("\n", start, end)]
        position = end + len("-->")
    return "".join([*parts, text[position:]])

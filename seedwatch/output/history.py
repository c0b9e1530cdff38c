"""A history, as text for a person."""

from analysis.history.story import Episode, History, Step
from api import history_words, words
from api.visible import visible
from seedwatch.output.ink import Ink

_INDENT = "            "


def history_text(name: str, history: History, *, ink: Ink) -> str:
    """What was looked at, each step with what its commit changed, and the lives of the bug in a line each."""
    looked = (
        f"{history.commits:,} commits, {history.relevant:,} of them touch files that are read, "
        f"{history.looked_at:,} were analysed"
    )
    parts = [f"{ink.strong(visible(name))}  {looked}\n"]
    parts.extend(_step(step, ink) for step in history.steps)
    parts.append(_lives(history))
    if not history.exact:
        parts.append("Not every suspect commit was analysed: something may have come and gone unseen.\n")
    return "\n".join(parts)


def _step(step: Step, ink: Ink) -> str:
    eligible = step.verdicts.eligible is not False
    sides = f"torch < 1.9 {words.OUTCOME_NAME[step.verdicts.legacy]}, >= 1.9 {words.OUTCOME_NAME[step.verdicts.modern]}"
    what = history_words.EVENT_NAME[step.event] + (
        f" by {history_words.ENDING_NAME[step.ended_by]}" if step.ended_by else ""
    )
    tone = words.VERDICT_TONE[step.verdicts.verdict]
    head = f"{step.date}  {ink.outcome(words.VERDICT_NAME[step.verdicts.verdict], tone)}  {ink.strong(what)}"
    lines = [head, f"{_INDENT}{ink.place(step.commit[:12])}  {sides if eligible else 'cannot have the bug'}"]
    if step.event != "first":
        lines.extend(f"{_INDENT}{visible(path)}" for path in step.paths[:3])
        lines.extend(f"{_INDENT}{visible(text[0])} {visible(text[1:])}" for text in step.lines)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _lives(history: History) -> str:
    if not history.episodes:
        return "It never had the bug on a PyTorch that it admitted.\n"
    return "".join(_life(episode) for episode in history.episodes)


def _life(episode: Episode) -> str:
    start = "was there at the first commit" if episode.censored and episode.ended_by != "lost" else "came"
    end = (
        f"ended on {episode.ended_on} by {history_words.ENDING_NAME[episode.ended_by]}"
        if episode.ended_by
        else f"is still there on {episode.last_seen_on}"
    )
    tried = f"; {episode.attempts} fixes before that did not end it" if episode.attempts > 1 else ""
    tried = "; one fix before that did not end it" if episode.attempts == 1 else tried
    return f"The bug {start} on {episode.began_on} and {end}{tried}.\n"

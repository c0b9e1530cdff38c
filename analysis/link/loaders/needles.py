"""Which files may make a loader, as their bytes tell."""

import re

from analysis.facts.source import LARGEST_SOURCE

_NEEDLE = b"oader"

_OTHER_NEEDLES = {
    b"Trainer": (b"Trainer(", b"(Trainer", b"(Seq2SeqTrainer", b"Trainer):"),
    b"train_": (b"train_pipeline(", b"train_detector(", b"train_model(", b"train_segmentor("),
    b"oader": (b"loader_kwargs=", b"DataLoaders.from_", b"oader')(", b'oader")('),
    b".parallel(": (), b"DataBunch.create(": (), b"iterator_train__": (), b"LightningDataset(": (),
    b".from_datasets(": (), b"training_data=": (), b"TfmdDL(": (), b"instantiate(": (),
}  # fmt: skip
"""Every file that makes a loader holds one of these, or the needle; with what several have in common."""

MADE_BY_NAME = re.compile(rb"\bgetattr\([^\n]{1,200}\)\(")
"""`getattr(module, name)(...)`"""

_USE = re.compile(rb"oader(?:(?!oader)\w)*+[ \t]*+(?:(\(|\[|as\b|if\b)|[,)\]};\r\n]|\Z|\\\\n)")


def may_make_loader(source: bytes) -> bool:
    """Whether a file's bytes may call a loader, or hand one's class on: more than a file's or a setting's name."""
    for common, needles in _OTHER_NEEDLES.items():
        if common in source and (not needles or any(needle in source for needle in needles)):
            return True
    if _NEEDLE not in source:
        return False
    if len(source) > LARGEST_SOURCE:
        # It cannot be parsed, and whoever asks for it names it as unread.
        return True
    for use in _USE.finditer(source):
        if use[1]:
            return True
        line = source[source.rfind(b"\n", 0, use.start()) + 1 : use.start()].lstrip()
        if not line.startswith((b"from ", b"import ", b"#")):
            return True
    return False

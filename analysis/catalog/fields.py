"""What declares a field of a class of settings, with its default among the arguments. Data, by dotted name."""

FIELDS = {
    "dataclasses.field": False,
    "attr.ib": True,
    "attr.attrib": True,
    "attr.field": False,
    "attrs.field": False,
    "pydantic.Field": True,
    "pydantic.fields.Field": True,
    "pydantic.v1.Field": True,
    "pydantic.dataclasses.Field": True,
    "simple_parsing.field": True,
}
"""Each with whether its first argument is the default; `default` by name is it for all."""

FIELD_LEAVES = frozenset(name.rpartition(".")[2] for name in FIELDS)

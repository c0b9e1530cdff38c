"""What the store can refuse.

MinerError
├── BadInput
│   ├── BadCursor          a page was asked for with a cursor that this list did not give
│   ├── BadFilter          a filter that says which repositories are meant cannot be read
│   ├── NotThere           nothing of the kind has that number or name
│   └── NotNow             it does not go with the present state
└── StoreError
    ├── StoreUnavailable   the database cannot be reached or opened
    └── SchemaMismatch     its tables are not of this release: `seedwatch migrate` brings them up
"""

# ruff: noqa: N818 - the names say what is the matter

from miner.errors import BadInput, MinerError


class BadCursor(BadInput):
    """A cursor that this list did not give, or that belongs to another sorting."""


class BadFilter(BadInput):
    """A filter that says which repositories are meant cannot be read; the message says where."""


class NotThere(BadInput):
    """Nothing of the kind has that number or name."""


class NotNow(BadInput):
    """What is asked for does not go with the present state, such as going on with a batch that is finished."""


class StoreError(MinerError):
    """The database cannot serve."""


class StoreUnavailable(StoreError):
    """The database cannot be reached or opened."""


class SchemaMismatch(StoreError):
    """The database has the tables of another release."""

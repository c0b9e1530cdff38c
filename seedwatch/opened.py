"""The store that the settings name."""

from collections.abc import Iterator
from contextlib import contextmanager

from miner.settings import load_settings
from miner.store import Store, upgrade


@contextmanager
def opened_store() -> Iterator[Store]:
    """The store, with its tables as this release has them. Raises BadSettings, StoreUnavailable, SchemaMismatch."""
    url = load_settings().database_url
    upgrade(url)
    with Store(url) as store:
        yield store

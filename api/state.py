"""What requests share: the store, the settings and the pages' templates, made once per application."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request

from api.fresh import Fresh
from api.templating import Pages
from miner.settings import Settings
from miner.store import Store


@dataclass(frozen=True, slots=True)
class Shared:
    """One per application."""

    settings: Settings
    store: Store
    pages: Pages
    fresh: Fresh = field(default_factory=Fresh)

    def mark(self) -> Hashable:
        """The store's mark, asked for once a second however many values are kept by it."""
        return self.fresh.get("mark", self.store.mark)


def _shared(request: Request) -> Shared:
    return cast(Shared, request.app.state.shared)


def _store(request: Request) -> Store:
    return _shared(request).store


SharedDep = Annotated[Shared, Depends(_shared)]
StoreDep = Annotated[Store, Depends(_store)]

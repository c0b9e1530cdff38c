"""GitHub's APIs as this installation has them: one identity, one budget, and the clients that share both."""

from pathlib import Path
from types import TracebackType
from typing import Self

from miner.github.budget import Budget
from miner.github.client import GitHubClient
from miner.github.graphql import GraphQLClient
from miner.github.identity import Anonymous, identity_of
from miner.settings import BadSettings, Settings
from miner.store import Store

# Longer pauses are raised, not slept through: who asked decides what to do meanwhile.
LONGEST_SLEEP_SECONDS = 1.0

NO_CONTACT = (
    "settings: who asks GitHub for many repositories says how to be reached: set SEEDWATCH_CONTACT to a page or an "
    "address, which is sent in the User-Agent"
)


class Access:
    """Open it as an async context manager, in the event loop that it is used in."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Raises BadSettings for settings that name two identities, or no contact."""
        if not settings.contact:
            raise BadSettings(NO_CONTACT)
        self.identity = identity_of(settings)
        self.budget = Budget(store, self.identity.label)
        ca_file: Path | None = settings.ca_file
        self.rest = GitHubClient(
            api_url=settings.github_url,
            identity=self.identity,
            user_agent=settings.user_agent,
            budget=self.budget,
            ca_file=ca_file,
            max_wait=LONGEST_SLEEP_SECONDS,
        )
        self.graphql = GraphQLClient(
            api_url=settings.github_url,
            identity=self.identity,
            user_agent=settings.user_agent,
            budget=self.budget,
            ca_file=ca_file,
        )

    @property
    def authenticated(self) -> bool:
        """Whether there is a token, and so GraphQL and code search."""
        return not isinstance(self.identity, Anonymous)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.graphql.aclose()
        self.rest.close()
        self.budget.close()

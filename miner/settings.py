"""What an installation can set: by environment variables that begin with `SEEDWATCH_`, or in a `.env` file.

Secrets are never printed: `listed` is what a person may see.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

from platformdirs import user_cache_path, user_data_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from miner.errors import BadInput
from miner.valuefaults import in_words

PREFIX = "SEEDWATCH_"
HIDDEN = "********"

# Visible characters that end neither a header nor a comment in it.
_CONTACT = re.compile(r"[!-'*-~]{0,200}")


class BadSettings(BadInput):
    """A setting has a value that cannot be; the message names each."""


class Settings(BaseSettings):
    """All settings, with their defaults. Immutable; make changed copies with `model_copy(update=...)`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, populate_by_name=True, env_ignore_empty=True
    )

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("seedwatch", appauthor=False), description="Where data is kept."
    )
    cache_dir: Path = Field(
        default_factory=lambda: user_cache_path("seedwatch", appauthor=False),
        description="Where fetched repositories lie while they are read; may be emptied when nothing runs.",
    )
    database_url: str = Field(
        default="",
        repr=False,
        description="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME. By default an SQLite file in data_dir.",
    )

    github_token: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices(f"{PREFIX}GITHUB_TOKEN", "GITHUB_TOKEN"),
        description="Token for GitHub's API; GITHUB_TOKEN works too. Needed for discovery only.",
    )
    github_token_file: Path | None = Field(default=None, description="A file that holds the token instead.")
    github_app_id: str = Field(default="", description="A GitHub App in place of a token: its id, and the next two.")
    github_app_installation: int | None = Field(default=None, description="The App's installation to act for.")
    github_app_key_file: Path | None = Field(default=None, description="The App's private key, a PEM file.")
    github_url: str = Field(
        default="https://api.github.com", description="GitHub's REST API, or an Enterprise server's."
    )
    git_url: str = Field(
        default="https://github.com", description="Where OWNER/NAME is fetched from, and where links to it lead."
    )
    ca_file: Path | None = Field(default=None, description="Certificates to trust for HTTPS in place of the system's.")
    contact: str = Field(
        default="",
        description="Address or page in the User-Agent, so that hosts can reach you; `discover` and `refresh` need it.",
    )

    host: str = Field(default="127.0.0.1", description="Address that `serve` listens on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(default=8000, description="Port that `serve` listens on.")

    requests_per_minute: Annotated[int, Field(ge=0)] = Field(
        default=600, description="How many requests one client address may make of `serve`; 0 for any number."
    )

    scan_concurrency: Annotated[int, Field(ge=1, le=64)] = Field(
        default=2, description="How many repositories are scanned at the same time."
    )
    fetch_seconds: Annotated[float, Field(gt=0)] = Field(default=120, description="Longest time to fetch a repository.")
    fetch_megabytes: Annotated[int, Field(gt=0)] = Field(default=256, description="Largest pack that is fetched.")
    keep_megabytes: Annotated[int, Field(ge=0)] = Field(
        default=5000, description="Most that fetched repositories may keep of the disk; 0 keeps none between scans."
    )
    facts_megabytes: Annotated[int, Field(ge=0)] = Field(
        default=2000, description="Most that the facts of files once read may keep of the disk; 0 keeps none."
    )
    analysis_seconds: Annotated[float, Field(gt=0)] = Field(
        default=300, description="Longest time to analyse a repository."
    )
    analysis_megabytes: Annotated[int, Field(ge=256)] = Field(
        default=2048, description="Most memory that the analysis of a repository may take."
    )

    verify_gpu: bool = Field(
        default=False,
        description="Whether jobs of the queue `gpu` give the sandbox a GPU, and fail where there is none.",
    )

    scan_private: bool = Field(
        default=False, description="Whether the service may be asked to scan repositories of servers inside a network."
    )
    webhook_private: bool = Field(
        default=False, description="Whether webhooks may lead to addresses inside a network, and to plain http."
    )

    @field_validator("data_dir", "cache_dir", "ca_file", "github_token_file", "github_app_key_file")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()

    @field_validator("contact")
    @classmethod
    def _fits_a_header(cls, contact: str) -> str:
        if not _CONTACT.fullmatch(contact):
            raise ValueError("an address or a page is needed, without spaces and brackets")
        return contact

    @field_validator("github_url", "git_url")
    @classmethod
    def _without_trailing_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @model_validator(mode="before")
    @classmethod
    def _place_database(cls, values: dict[str, object]) -> dict[str, object]:
        if values.get("database_url"):
            return values
        folder = Path(str(values.get("data_dir") or user_data_path("seedwatch", appauthor=False)))
        return {**values, "database_url": f"sqlite:///{folder.expanduser().absolute() / 'seedwatch.db'}"}

    @property
    def exports_dir(self) -> Path:
        """Where exports lie, a folder for each."""
        return self.data_dir / "exports"

    @property
    def user_agent(self) -> str:
        """The name and version under which hosts see this program, with the contact where one is set."""
        product = f"seedwatch/{version('seedwatch')}"
        return f"{product} (+{self.contact})" if self.contact else product


@dataclass(frozen=True, slots=True)
class Listed:
    """One setting as it may be shown: secrets are hidden."""

    name: str
    variable: str
    value: str
    description: str


def load_settings() -> Settings:
    """The settings of this process.

    Raises BadSettings.
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(f"{_variable(str(fault['loc'][0]))}: {in_words(fault)}" for fault in error.errors())
        raise BadSettings(f"settings: {faults}") from None


def listed(settings: Settings) -> Iterator[Listed]:
    """Every setting in the order of its definition, fit to be shown."""
    for name, info in Settings.model_fields.items():
        yield Listed(name, _variable(name), _shown(getattr(settings, name)), info.description or "")


def _variable(name: str) -> str:
    return name if name.startswith(PREFIX) else PREFIX + name.upper()


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return HIDDEN
    return without_password(value) if isinstance(value, str) else str(value)


def without_password(url: str) -> str:
    """The text, with the password hidden if it is a URL that has one."""
    parts = urlsplit(url)
    if not parts.password:
        return url
    account, _, server = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{account.partition(':')[0]}:{HIDDEN}@{server}"))

"""Documents of exports."""

from datetime import datetime

from pydantic import ConfigDict, Field

from api.schemas import Document


class ExportFile(Document):
    """One file of an export."""

    name: str
    bytes: int
    sha256: str
    url: str


class ExportDocument(Document):
    """What an export is: `manifest.json` in its folder, with the addresses of its files."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, serialize_by_alias=True)

    form: str = Field(alias="schema", description="The form of the tables and its version.")
    name: str
    made_at: datetime
    analyzer_version: str
    licence: str
    population: str
    repositories: int
    findings: int
    files: list[ExportFile]


class ExportsAnswer(Document):
    """The exports, newest first."""

    items: list[ExportDocument]

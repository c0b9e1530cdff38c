"""Settings come from the environment and `.env`, have defaults that work, and never show a secret."""

from pathlib import Path

import pytest

from miner.settings import BadSettings, Settings, listed, load_settings, without_password
from seedwatch import __version__

SECRET = "s3cret"  # noqa: S105


def shown(settings: Settings) -> dict[str, str]:
    return {setting.variable: setting.value for setting in listed(settings)}


def test_the_default_database_lies_in_the_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEEDWATCH_DATA_DIR", str(tmp_path / "data"))
    assert load_settings().database_url == f"sqlite:///{tmp_path}/data/seedwatch.db"


def test_data_lies_in_the_users_folder_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SEEDWATCH_DATA_DIR", "SEEDWATCH_CACHE_DIR"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert load_settings().data_dir == tmp_path / "xdg" / "seedwatch"
    assert load_settings().database_url == f"sqlite:///{tmp_path}/xdg/seedwatch/seedwatch.db"


def test_a_file_of_settings_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SEEDWATCH_PORT=9000\nSEEDWATCH_HOST=0.0.0.0\nOTHER=1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    monkeypatch.setenv("SEEDWATCH_HOST", "::1")
    assert (load_settings().port, load_settings().host) == (9000, "::1")


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDWATCH_DATABASE_URL", "")
    monkeypatch.setenv("SEEDWATCH_GITHUB_TOKEN", "")
    assert load_settings().database_url.startswith("sqlite:///")
    assert load_settings().github_token is None


@pytest.mark.parametrize("variable", ["SEEDWATCH_GITHUB_TOKEN", "GITHUB_TOKEN"])
def test_a_token_is_read_and_never_shown(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, SECRET)
    settings = load_settings()
    assert settings.github_token is not None
    assert settings.github_token.get_secret_value() == SECRET
    assert SECRET not in repr(settings) + str(settings) + repr(list(listed(settings)))


def test_the_database_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDWATCH_DATABASE_URL", f"postgresql://me:{SECRET}@db.example.org:5432/seedwatch")
    settings = load_settings()
    assert SECRET not in repr(settings) + repr(list(listed(settings)))
    assert shown(settings)["SEEDWATCH_DATABASE_URL"] == "postgresql://me:********@db.example.org:5432/seedwatch"


def test_a_url_without_a_password_is_shown_as_it_is() -> None:
    assert without_password("postgresql://me@/name?host=/run") == "postgresql://me@/name?host=/run"


def test_a_wrong_value_names_its_variable_and_not_its_content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDWATCH_PORT", SECRET)
    with pytest.raises(BadSettings, match="SEEDWATCH_PORT") as caught:
        load_settings()
    assert SECRET not in str(caught.value)


def test_every_setting_is_described() -> None:
    settings = load_settings()
    assert all(setting.description.endswith(".") for setting in listed(settings))
    assert shown(settings)["SEEDWATCH_GITHUB_URL"] == "https://api.github.com"


def test_the_user_agent_carries_the_contact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDWATCH_CONTACT", "me@example.org")
    assert load_settings().user_agent == f"seedwatch/{__version__} (+me@example.org)"


@pytest.mark.parametrize("contact", ["two words", "a@b\r\nX-Other: 1", "(me)", "mé@example.org", "x" * 201])
def test_a_contact_fits_into_a_header(monkeypatch: pytest.MonkeyPatch, contact: str) -> None:
    monkeypatch.setenv("SEEDWATCH_CONTACT", contact)
    with pytest.raises(BadSettings, match="SEEDWATCH_CONTACT: an address or a page is needed, without spaces"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "80a", "a whole number is needed"),
        ("PORT", "70000", "65535 or less is needed"),
        ("SCAN_CONCURRENCY", "0", "1 or more is needed"),
        ("FETCH_SECONDS", "x", "a number is needed"),
        ("FETCH_SECONDS", "0", "more than 0 is needed"),
        ("WEBHOOK_PRIVATE", "perhaps", "true or false is needed"),
    ],
)
def test_what_is_wrong_is_said_in_words_for_people(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(f"SEEDWATCH_{name}", value)
    with pytest.raises(BadSettings, match=f"^settings: SEEDWATCH_{name}: {words}$"):
        load_settings()

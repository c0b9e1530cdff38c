"""`seedwatch config`."""

from miner.settings import Settings


def test_every_setting_is_listed_with_what_it_is_for(seedwatch):
    ran = seedwatch("config")
    assert ran.status == 0
    for name, field in Settings.model_fields.items():
        assert f"SEEDWATCH_{name.upper()}=" in ran.out
        assert f"# {field.description}\n" in ran.out


def test_no_secret_is_shown(seedwatch, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_planted")
    monkeypatch.setenv("SEEDWATCH_DATABASE_URL", "postgresql://someone:planted@db.example/seedwatch")
    ran = seedwatch("config")
    assert "planted" not in ran.out + ran.err
    assert "someone" in ran.out


def test_what_it_prints_is_a_file_of_settings(seedwatch, monkeypatch, tmp_path):
    monkeypatch.setenv("SEEDWATCH_PORT", "8123")
    printed = seedwatch("config").out
    monkeypatch.delenv("SEEDWATCH_PORT")
    (tmp_path / ".env").write_text(printed)
    assert Settings(_env_file=tmp_path / ".env").port == 8123  # type: ignore[call-arg]


def test_a_setting_that_cannot_be_is_named_in_one_line(seedwatch, monkeypatch):
    monkeypatch.setenv("SEEDWATCH_PORT", "high")
    ran = seedwatch("config")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("seedwatch config: ")
    assert "SEEDWATCH_PORT" in ran.err
    assert ran.err.count("\n") == 1

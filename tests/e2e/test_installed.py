"""The program as an installation has it: from the wheel, far from its sources."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `seedwatch` command of an environment that has the wheel, and the libraries of this one."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, "."]
    subprocess.run(build, check=True, capture_output=True)
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    place = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True)
    wheel = next(folder.glob("*.whl"))
    install = [*pip, "--python", python, "install", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True, capture_output=True)
    # After the wheel's own folder, so that the wheel comes first; as a path alone, so that no editable install counts.
    Path(place.strip(), "libraries.pth").write_text(f"{libraries}\n")
    return python.with_name("seedwatch")


def test_the_demonstration_runs_from_the_wheel(installed, tmp_path):
    env = {**os.environ, "SEEDWATCH_DATA_DIR": str(tmp_path / "data"), "SEEDWATCH_CACHE_DIR": str(tmp_path / "cache")}
    ran = subprocess.run([installed, "demo", "--no-serve"], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert (ran.returncode, "Traceback" in ran.stderr) == (0, False), ran.stderr
    assert "street-crops" in ran.stdout


def test_its_parts_are_those_of_the_wheel(installed):
    python = installed.with_name("python")
    code = (
        "import seedwatch, api, miner, analysis, migrations as m; print(seedwatch.__file__, api.__file__, m.__file__)"
    )
    places = subprocess.check_output([python, "-c", code], cwd="/", text=True).split()
    assert all(place.startswith(str(installed.parents[1])) for place in places)


def test_pages_templates_and_migrations_are_in_it(installed):
    site = next((installed.parents[1] / "lib").glob("python*/site-packages"))
    for name in ("templates", "static"):
        ours = sorted(path.name for path in Path("api", name).iterdir())
        assert sorted(path.name for path in (site / "api" / name).iterdir()) == ours
    assert list((site / "migrations" / "versions").glob("*.py"))

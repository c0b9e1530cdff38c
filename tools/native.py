"""Compile the evaluation, the dearest part of an analysis, to machine code: a repository takes a fifth less time.

mypyc compiles the modules as they are typed. What comes of it is put beside the sources, which stay the program: where
one of them is no more what was compiled, they are used (`analysis/native.py`).
"""

import argparse
import io
import os
import shlex
import shutil
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

from analysis.native import STAMP, stamp_of

CHECKOUT = Path(__file__).resolve().parent.parent
PARTS = ("link/evaluate", "link/reach", "link/conditions.py", "link/idle.py", "link/imports.py", "link/options.py")
"""Of `analysis`: where the time goes."""
LIBRARY = "analysis"
"""Names the one library that all compiled modules are in: `analysis__mypyc`."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=CHECKOUT,
        help="where the packages are: a checkout or the site-packages of an environment (this checkout)",
    )
    parser.add_argument("--remove", action="store_true", help="remove what was compiled there")
    asked = parser.parse_args()
    folder: Path = asked.folder.resolve()
    package = folder / "analysis"
    if not (package / PARTS[0]).is_dir():
        parser.error(f"{folder} has no analysis/{PARTS[0]}")
    if not os.access(folder, os.W_OK) or not os.access(package, os.W_OK):
        parser.error(f"{folder} cannot be written to")
    if asked.remove:
        _remove(folder)
        return 0
    if shutil.which(shlex.split(os.environ.get("CC", "cc"))[0]) is None:
        print("A C compiler is missing: install gcc, or name another in CC.", file=sys.stderr)
        return 2
    try:
        import mypyc.build  # noqa: F401
        import setuptools  # noqa: F401
    except ImportError as missing:
        print(f"{missing.name} is missing: pip install mypy setuptools", file=sys.stderr)
        return 2
    stamp = stamp_of(package)  # before they are read: what is edited meanwhile was not compiled
    with tempfile.TemporaryDirectory() as scratch:
        made = _compiled(folder, Path(scratch))
        if made is None:
            return 1
        _remove(folder)
        for path in made:
            _put(folder / path, (Path(scratch) / "made" / path).read_bytes())
    _put(package / STAMP, stamp.encode())
    print(f"Compiled {len(made) - 1} modules of analysis in {folder}.")
    return 0


def _compiled(folder: Path, scratch: Path) -> list[Path] | None:
    """The libraries made of a folder's sources, in `made`; None, with the compiler's words, where there are none."""
    from mypyc.build import mypycify
    from setuptools import Distribution
    from setuptools.errors import BaseError, CCompilerError, CompileError, LinkError, PlatformError

    # Beside the sources mypy would take them for those of an environment, and leave its build folder there.
    ignored = shutil.ignore_patterns("*.so", "__pycache__", ".*")
    shutil.copytree(folder / "analysis", scratch / "analysis", ignore=ignored)
    made = scratch / "made"
    before, said = Path.cwd(), io.StringIO()
    os.chdir(scratch)
    try:
        modules = [str(path) for path in _modules()]
        # mypyc prints where it does not gain what it could, which is nobody else's business, and leaves at an error.
        with redirect_stdout(said):
            extensions = mypycify(
                ["--config-file=", "--disable-error-code=import-untyped", *modules],
                opt_level="2",
                debug_level="0",
                multi_file=True,  # one file of C would take the compiler a gigabyte
                group_name=LIBRARY,
            )
        build = Distribution({"name": LIBRARY, "ext_modules": extensions}).get_command_obj("build_ext")
        build.build_lib, build.build_temp = str(made), str(scratch / "temporary")
        build.parallel = os.cpu_count()
        build.ensure_finalized()
        build.run()
    except (BaseError, CCompilerError, CompileError, LinkError, PlatformError, OSError, SystemExit) as error:
        print(f"Compiling failed: {error}\n{said.getvalue()}", file=sys.stderr, end="")
        return None
    finally:
        os.chdir(before)
    return sorted(path.relative_to(made) for path in made.rglob("*.so"))


def _modules() -> list[Path]:
    """The modules of those parts; without those in which msgspec makes classes, whose keywords mypyc drops."""
    parts = [Path("analysis", part) for part in PARTS]
    paths = [path for part in parts for path in (sorted(part.rglob("*.py")) if part.is_dir() else [part])]
    return [path for path in paths if "msgspec.Struct" not in path.read_text()]


def _remove(folder: Path) -> None:
    (folder / "analysis" / STAMP).unlink(missing_ok=True)
    for path in (*folder.glob(f"{LIBRARY}__mypyc.*.so"), *(folder / "analysis").rglob("*.so")):
        path.unlink()


def _put(path: Path, content: bytes) -> None:
    """A file is there whole or not at all."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.write_bytes(content)
    unfinished.replace(path)


if __name__ == "__main__":
    sys.exit(main())

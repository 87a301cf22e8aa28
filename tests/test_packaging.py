"""What is installed is the tree, the wheel has one top level, and asking for help stays cheap."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from shapecheck.other_distribution import message, other_version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=300,
        check=False,
    )


def packages_in_the_tree() -> set[str]:
    """Every folder with Python files below ``shapecheck/`` and ``models/``, by its import name."""
    folders = {path.parent.relative_to(ROOT) for top in ("shapecheck", "models") for path in (ROOT / top).rglob("*.py")}
    names = {".".join(folder.parts) for folder in folders if not {"__pycache__", "_build"} & set(folder.parts)}
    return {name if name.startswith("shapecheck") else f"shapecheck.{name}" for name in names}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built of a copy of the tree and without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    tree = folder / "tree"
    tree.mkdir()
    for name in ("shapecheck", "models"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree / name)
    built = python("-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(tree))
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = (folder / "dist").glob("*.whl")
    return found


def test_the_list_of_packages_is_that_of_the_tree() -> None:
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == packages_in_the_tree()


def test_every_package_of_the_tree_has_an_init() -> None:
    bare = [
        name
        for name in packages_in_the_tree()
        if not (ROOT / name.replace("shapecheck.models", "models").replace(".", "/") / "__init__.py").is_file()
    ]
    assert bare == []


def test_the_top_level_of_the_wheel_is_shapecheck_alone(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {
        "shapecheck",
        wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info",
    }


def test_the_wheel_holds_every_file_of_the_tree(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {str(path.relative_to(ROOT)) for path in (ROOT / "shapecheck").rglob("*.py")}
    expected |= {f"shapecheck/{path.relative_to(ROOT)}" for path in (ROOT / "models").rglob("*.py")}
    expected |= {f"shapecheck/{path.relative_to(ROOT)}" for path in (ROOT / "models/data").iterdir() if path.is_file()}
    expected.add("shapecheck/py.typed")
    assert expected - names == set()
    assert "shapecheck/models/data/msft_adj_close.csv" in names


def test_the_wheel_runs_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = "import shapecheck, shapecheck.models; print(shapecheck.__file__)"
    ran = python("-P", "-c", code, PYTHONPATH=str(tmp_path / "site"))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == str(tmp_path / "site" / "shapecheck" / "__init__.py")


def test_versions_agree() -> None:
    import shapecheck

    assert shapecheck.__version__ == PROJECT["project"]["version"]


@pytest.mark.parametrize(
    "code",
    [
        "import shapecheck",
        "from shapecheck import Protocol, Spec, Trace, Violation, ShapeError; Protocol.documented()",
        "import shapecheck.check, shapecheck.label, shapecheck.follow, shapecheck.diagnose",
        "from shapecheck.contracts import all_contracts; assert all_contracts()",
        "from shapecheck.faults import all_faults; assert all_faults()",
        "import shapecheck.cli",
        "import contextlib, shapecheck.cli\nwith contextlib.suppress(SystemExit):\n    shapecheck.cli.main(['--help'])",
    ],
)
def test_torch_is_not_imported_for_words_or_for_help(code: str) -> None:
    ran = python("-c", f"{code}\nimport sys\nassert not {{'torch', 'numpy', 'matplotlib'}} & set(sys.modules)")
    assert ran.returncode == 0, ran.stderr


def test_without_hypothesis_every_name_can_be_imported_and_what_needs_it_says_so() -> None:
    code = """
import importlib.util, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "hypothesis" else find(name, *rest)
sys.modules["hypothesis"] = None
from shapecheck import *
from torch import nn
try:
    check_model(lambda: nn.Linear(3, 2), Protocol.documented())
except ShapecheckError as error:
    print(error)
"""
    ran = python("-c", code)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == (
        'check_model needs hypothesis, which the extra "test" brings: pip install hypothesis, or '
        'pip install -e ".[test]" in the checkout\n'
    )


# The other distribution of the same import name


@pytest.mark.parametrize(
    ("entry", "version"),
    [
        ("shapecheck-0.0.2.dist-info", "0.0.2"),
        ("shapecheck-0.0.2-py3.11.egg-info", "0.0.2"),
        ("Shapecheck.egg-info", ""),
        ("shapecheck_torch-0.1.0.dist-info", None),
        ("shapecheck", None),
        ("shapecheck-0.0.2.tar", None),
    ],
)
def test_the_other_distribution_is_found_by_its_metadata(tmp_path: Path, entry: str, version: str | None) -> None:
    (tmp_path / entry).mkdir()
    assert other_version([str(tmp_path / "missing"), str(tmp_path)]) == version


def test_the_message_says_who_is_in_the_way_and_what_to_do() -> None:
    assert message("0.0.2") == (
        "the distribution 'shapecheck 0.0.2' is installed beside 'shapecheck-torch', and both have the import name "
        "'shapecheck': files of one hide or overwrite those of the other. Run 'pip uninstall shapecheck', then "
        "install shapecheck-torch again with '--force-reinstall --no-deps', since the two share files"
    )
    assert message("").startswith("the distribution 'shapecheck' is installed")


@pytest.mark.parametrize("code", ["import shapecheck", "from shapecheck import Spec", "import shapecheck.cli"])
def test_the_package_and_the_command_warn_of_the_other_distribution_once(tmp_path: Path, code: str) -> None:
    (tmp_path / "shapecheck-0.0.2.dist-info").mkdir()
    warned = python("-c", code, PYTHONPATH=str(tmp_path))
    assert warned.returncode == 0, warned.stderr
    assert warned.stderr.count(message("0.0.2")) == 1
    assert message("0.0.2") not in python("-c", code).stderr

"""Files that are called like a library's module: what `run` says of them, and what `fix` says where it cannot begin."""

from __future__ import annotations

import importlib
import sys

import pytest

from shapecheck.scripts import arrival, runner
from shapecheck.scripts.running import Target
from shapecheck.scripts.shadowing import in_the_way, without_our_import

FOUND_FIRST = "and Python finds the file first"


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """The script's folder in front of one with libraries, as Python looks through them."""
    work, libraries = tmp_path / "work", tmp_path / "site-packages"
    work.mkdir()
    (libraries / "biglib").mkdir(parents=True)
    (libraries / "biglib" / "__init__.py").write_text("x = 1\nfrom smalllib import tool\n")
    (libraries / "smalllib.py").write_text("tool = len\n")
    before = set(sys.modules)
    monkeypatch.setattr(sys, "path", [str(work), str(libraries), *sys.path])
    importlib.invalidate_caches()
    yield work
    for name in set(sys.modules) - before:
        del sys.modules[name]


def raised_by(imports):
    with pytest.raises(Exception) as caught:  # noqa: PT011
        exec(imports, {"__name__": "__main__"})
    return caught.value


@pytest.mark.parametrize(
    ("name", "text", "imports", "said"),
    [
        ("smalllib.py", "import biglib\nbiglib.y", "import biglib", "a module that biglib imports"),
        ("biglib.py", "", "import biglib\nbiglib.x", "the module biglib"),
        ("biglib.py", "import biglib\nfrom biglib import x", "import biglib", "the module biglib"),
        ("biglib.py", "", "from biglib import x", "the module biglib"),
        ("biglib.py", "", "import biglib.part", "the module biglib"),
        ("fractions.py", "", "import fractions\nfractions.Fraction", "the module fractions"),
        ("mine.py", "", "import mine\nmine.x", ""),
        ("mine.py", "1 / 0", "import mine", ""),
        ("mine.py", "", "import absent", ""),
        ("mine.py", "", "import smalllib\nsmalllib.absent", ""),
    ],
)
def test_a_file_that_stands_in_the_way_is_named(folders, monkeypatch, name, text, imports, said):
    monkeypatch.delitem(sys.modules, "fractions", raising=False)
    (folders / name).write_text(text)
    found = in_the_way(raised_by(imports), str(folders))
    assert found.startswith(f"{name} is called like {said}, {FOUND_FIRST}; ") if said else found == ""


def test_our_loader_is_taken_out_of_the_traceback(folders):
    (folders / "broken.py").write_text("1 / 0")
    arrival.when_imported("broken", lambda: None)
    error = raised_by("import broken")
    without_our_import(error)
    trace, files = error.__traceback__, []
    while trace is not None:
        files.append(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    assert files[-1] == str(folders / "broken.py")
    assert arrival.__file__ not in files
    assert not any("importlib" in file for file in files)


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ('echo hello from random.py; read line; echo \'{"status": "ended"}\'', {"status": "ended"}),
        (
            "echo 'ImportError: no Random' >&2; exit 1",
            {"status": "killed", "message": "it could not be started: ImportError: no Random"},
        ),
        ("exit 1", {"status": "killed", "message": "it could not be started"}),
    ],
)
def test_what_else_is_printed_is_no_answer(tmp_path, monkeypatch, script, answer):
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(runner.sys, "executable", str(program))
    rehearsals = runner.Rehearsals(Target("script", "train.py"))
    try:
        assert rehearsals.run({}, 5) == answer
    finally:
        rehearsals.close()

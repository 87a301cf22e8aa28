"""A script, a module and a piece of code run as python runs them."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from shapecheck.errors import ShapecheckError
from shapecheck.scripts.running import Target, run_target

ECHO = """\
import os, sys, warnings
print(__name__, __file__, sys.argv, sys.path[0], os.getcwd())
print(sys.modules["__main__"].__dict__ is globals(), __spec__, __package__, __doc__)
warnings.warn("old", DeprecationWarning)
print(sys.stdin.read())
"""


def both(folder: Path, *arguments: str, stdin: str = "") -> tuple[subprocess.CompletedProcess[str], ...]:
    """What python does, and what ``shapecheck run`` does."""
    ways = ([sys.executable], [sys.executable, "-m", "shapecheck", "run", "--quiet"])
    return tuple(
        subprocess.run([*way, *arguments], cwd=folder, capture_output=True, text=True, input=stdin, timeout=120)
        for way in ways
    )


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return name


def same(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    python, ours = both(folder, *arguments, stdin=stdin)
    assert ours.stdout == python.stdout
    # The one line that shapecheck adds says that torch had no part in it.
    errors = ours.stderr.split("\nshapecheck: no diagnosis")[0]
    assert errors.rstrip("\n") == python.stderr.rstrip("\n")
    assert ours.returncode == python.returncode
    return ours


def test_a_script_finds_itself_as_main_with_its_arguments_its_path_and_its_stdin(tmp_path: Path) -> None:
    write(tmp_path, "inside/echo.py", ECHO)
    same(tmp_path, "inside/echo.py", "--epochs", "3", "--format", "mine", stdin="typed\n")


def test_code_is_run_as_python_runs_it(tmp_path: Path) -> None:
    same(tmp_path, "-c", "import sys; print(__name__, sys.argv, repr(sys.path[0]))", "a", "-b")


def test_a_module_is_run_as_python_runs_it(tmp_path: Path) -> None:
    write(tmp_path, "package/__init__.py", "")
    write(tmp_path, "package/echo.py", ECHO.replace("__spec__", "__spec__.name"))
    same(tmp_path, "-m", "package.echo", "--epochs", "3")
    same(tmp_path, "-m", "no.such.module")


def test_a_folder_with_a_main_is_run(tmp_path: Path) -> None:
    write(tmp_path, "app/__main__.py", "import helper, sys\nprint(__name__, sys.argv, helper.x)")
    write(tmp_path, "app/helper.py", "x = 3")
    same(tmp_path, "app", "y")


@pytest.mark.parametrize(
    "code",
    [
        "",
        "import sys; sys.exit(3)",
        "import sys; sys.exit('words')",
        "import sys; sys.exit()",
        "raise SystemExit(True)",
    ],
)
def test_the_exit_status_is_the_scripts(tmp_path: Path, code: str) -> None:
    same(tmp_path, write(tmp_path, "leave.py", code))


@pytest.mark.parametrize(
    "code",
    [
        "def f(:\n    pass\n",
        "x = '\n",
        "def f():\n    return 1 / 0\nf()\n",
        "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('x') from error\n",
        "raise ExceptionGroup('several', [ValueError('x'), KeyError('y')])\n",
        "class E(Exception):\n    def __str__(self): raise ValueError\nraise E\n",
        "import sys\nsys.excepthook = lambda *a: print('mine', a[0].__name__, file=sys.stderr)\nraise KeyError('x')\n",
        "# -*- coding: latin-1 -*-\nassert False, 'a'\n",
    ],
)
def test_an_exception_is_printed_as_python_prints_it(tmp_path: Path, code: str) -> None:
    ended = same(tmp_path, write(tmp_path, "fail.py", code))
    assert ended.returncode == 1
    assert "running.py" not in ended.stderr


def test_an_interrupted_script_ends_with_130_and_its_traceback(tmp_path: Path) -> None:
    write(tmp_path, "stop.py", "raise KeyboardInterrupt")
    python, ours = both(tmp_path, "stop.py")
    assert ours.returncode == 130
    assert ours.stderr == python.stderr


def test_a_script_that_deletes_itself(tmp_path: Path) -> None:
    text = "import os\nos.remove(__file__)\n1 / 0\n"
    ours = subprocess.run(
        [sys.executable, "-m", "shapecheck", "run", write(tmp_path, "gone.py", text)],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    file = tmp_path / "gone.py"
    assert not file.exists()
    expected = f'Traceback (most recent call last):\n  File "{file}", line 3, in <module>\nZeroDivisionError: division'
    assert ours.stderr.startswith(expected)
    assert ours.returncode == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_that_comes_back_prints_its_own_error_and_no_report(tmp_path: Path) -> None:
    code = """\
import os
pid = os.fork()
if pid == 0:
    raise ValueError("child")
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    write(tmp_path, "fork.py", code)
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "shapecheck", "run", "--format", "json", "--output", str(report), "fork.py"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert ended.stdout == "1\n"
    assert '"outcome": "ok"' in report.read_text()


def test_output_goes_out_as_it_is_printed(tmp_path: Path) -> None:
    code = "import sys\nfor at in range(200):\n    sys.stdout.write('x' * 50_000)\n"
    write(tmp_path, "much.py", code)
    command = [sys.executable, "-m", "shapecheck", "run", "--quiet", "much.py"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        # The reader goes away long before the end; nobody may have kept the rest for him.
        first = process.stdout.read(1000)
        process.stdout.close()
        process.wait(120)
    assert first == b"x" * 1000


def test_a_process_of_its_own_finds_the_script(tmp_path: Path) -> None:
    code = """\
import multiprocessing, sys
class Item:
    pass
def work(item):
    return type(item).__module__, __name__
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(work, [Item()]))
"""
    same(tmp_path, write(tmp_path, "pool.py", code))


def test_a_script_from_standard_input_is_run_as_python_runs_it(tmp_path: Path) -> None:
    same(tmp_path, "-", "a", "-b", stdin="import sys\nprint(__name__, __file__, sys.argv, repr(sys.path[0]))\n")
    same(tmp_path, "-", stdin="x = 1\nraise KeyError(x)\n")


def test_an_archive_with_a_main_is_run_as_python_runs_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        archive.writestr(
            "__main__.py", "import other, sys\nprint(other.here, __name__, __file__, sys.argv, sys.path[0])\n"
        )
        archive.writestr("other.py", "here = 3\n")
    same(tmp_path, "app.zip", "--epochs", "3")


def test_an_archive_without_a_main_is_said_to_have_none(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("other.py", "")
    with pytest.raises(ShapecheckError, match=r"data\.zip is an archive without a __main__\.py"):
        run_target(Target("script", str(tmp_path / "data.zip")))


def test_a_hook_for_exceptions_that_leaves_says_with_which_status(tmp_path: Path) -> None:
    same(tmp_path, "-c", "import sys\nsys.excepthook = lambda *_: sys.exit(7)\n1 / 0")


def test_annotations_are_what_python_makes_of_them(tmp_path: Path) -> None:
    text = "def f(x: int): pass\nprint(f.__annotations__)\n"
    write(tmp_path, "annotated.py", text)
    for way in (["annotated.py"], ["-c", text], ["-"]):
        same(tmp_path, *way, stdin=text)

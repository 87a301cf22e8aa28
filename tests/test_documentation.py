"""Every example in the README and in the docs runs, and prints what the page says it prints."""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import shapecheck
from shapecheck.cli import build_parser

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
PAGES = [page for page in PAGES if "_build" not in page.parts]

FENCE = re.compile(r"^(?P<ticks>`{3,})(?P<info>[^`\n]*)\n(?P<body>.*?)^(?P=ticks)\s*$", re.MULTILINE | re.DOTALL)
OUTPUT = "<!-- prints -->"
FILE = re.compile(r"<!-- file: (?P<name>[\w.]+) -->\s*$")
PYTHON = ("python", "{code-cell} ipython3")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: what language it is in, its text, its line, and what it is for.

    It may be the output of the block before, or a file that the commands of the page read.
    """

    language: str
    text: str
    line: int
    is_output: bool = False
    raises: bool = False
    file: str = ""


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page in order. Lines like ``:tags: [raises-exception]`` are options, not code."""
    for found in FENCE.finditer(text):
        lines = found["body"].splitlines(keepends=True)
        options = [line for line in lines if line.startswith(":")] if found["info"].startswith("{") else []
        line = text[: found.start("body")].count("\n") + 1
        file = FILE.search(text[: found.start()])
        yield Block(
            language=found["info"].strip(),
            text="".join(lines[len(options) :]),
            line=line + len(options),
            is_output=text[: found.start()].rstrip().endswith(OUTPUT),
            raises=any("raises-exception" in option for option in options),
            file=file["name"] if file else "",
        )


def run_page(text: str, name: str) -> None:
    """Run the Python of a page, all its blocks in one namespace, and compare what it shows as output.

    Commands run if their output is shown, since they need the files of the page.
    """
    namespace: dict[str, object] = {"__name__": "__main__"}
    printed: str | None = None
    every = list(blocks(text))
    for block, after in zip(every, [*every[1:], None], strict=True):
        if block.is_output:
            assert printed is not None, f"{name}:{block.line} shows an output, but no code stands before it"
            assert shows(block.text, printed), f"{name}:{block.line} does not show what was printed:\n{printed}"
        elif block.file:
            Path(block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "sh" and after is not None and after.is_output:
            printed = run_command(block)
        elif block.language in PYTHON:
            printed = run_doctest(block, namespace, name) if ">>> " in block.text else run_code(block, namespace, name)


def run_code(block: Block, namespace: dict[str, object], name: str) -> str:
    # Blank lines in front make the line numbers of a traceback those of the page.
    code = compile("\n" * (block.line - 1) + block.text, name, "exec")
    # With an encoding, as a terminal has one: without it a trace would be drawn in ASCII.
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(output):
        if block.raises:
            with pytest.raises((RuntimeError, ValueError, TypeError, IndexError, ArithmeticError)):
                exec(code, namespace)
        else:
            exec(code, namespace)
    output.seek(0)
    return output.read()


def run_doctest(block: Block, namespace: dict[str, object], name: str) -> str:
    example = doctest.DocTestParser().get_doctest(block.text, namespace, name, name, block.line - 1)
    report = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(example, out=report.write, clear_globs=False)
    namespace.update(example.globs)
    assert runner.failures == 0, report.getvalue()
    return ""


def run_command(block: Block) -> str:
    command = [sys.executable, "-m", *shlex.split(block.text)]
    ended = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=300, check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    return ended.stdout


def shows(block: str, printed: str) -> bool:
    """Whether a block is what was printed; a line ``...`` in it stands for any number of lines."""
    lines = [re.escape(line.rstrip()) + "\n" for line in block.strip("\n").splitlines()]
    pattern = "".join(r"(?:.*\n)*?" if line == r"\.\.\." + "\n" else line for line in lines)
    got = "".join(line.rstrip() + "\n" for line in printed.strip("\n").splitlines())
    return re.fullmatch(pattern, got) is not None


@pytest.fixture
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somewhere to write, with a terminal of 100 columns and no display."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("MPLBACKEND", "agg")
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
@pytest.mark.filterwarnings("default")
def test_the_examples_of_a_page_run(page: Path, somewhere: Path) -> None:
    run_page(page.read_text(encoding="utf-8"), str(page.relative_to(ROOT)))
    # The picture in the README is the one that its code saves; after a change, copy it from there.
    for saved in somewhere.glob("*.svg"):
        assert saved.read_text(encoding="utf-8") == (ROOT / "docs/_static" / saved.name).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_are_commands(page: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.language == "sh":
            for line in re.split(r"\n|&&", block.text.replace("\\\n", " ")):
                words = shlex.split(line, comments=True)
                if words[:1] == ["shapecheck"]:
                    build_parser().parse_args(words[1:])


@pytest.mark.parametrize("name", ["demo", "tests"])
def test_the_readme_has_the_two_commands_that_the_checks_run(name: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^<!-- ci: {name} -->\n+```sh\n(.+)\n```$", readme, re.MULTILINE)
    assert found is not None
    assert found[1].startswith("pip install -e ")


def test_every_public_name_is_in_the_reference() -> None:
    reference = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\.\. auto\w+:: shapecheck\.(\w+)$", reference, re.MULTILINE))
    assert set(shapecheck.__all__) - described == set()


# The examples can fail

COMMAND = """\
<!-- file: code.py -->
```python
print(1)
```
```sh
shapecheck run --quiet code.py
```
<!-- prints -->
```text
{printed}
```
"""


@pytest.mark.parametrize(
    "page",
    [
        "```python\n1 / 0\n```",
        "```python\n>>> 1 + 1\n3\n```",
        "```python\nx = 1\n```\n```{code-cell} ipython3\nassert x == 2\n```",
        "```python\nprint(1)\n```\n\n<!-- prints -->\n```text\n2\n```",
        "```{code-cell} ipython3\n:tags: [raises-exception]\nprint(1)\n```",
        "<!-- prints -->\n```text\n2\n```",
        "```python\nprint(1)\nprint(2)\n```\n\n<!-- prints -->\n```text\n...\n1\n```",
        COMMAND.format(printed=2),
    ],
)
def test_a_page_that_is_wrong_is_noticed(page: str, somewhere: Path) -> None:
    with pytest.raises((ZeroDivisionError, AssertionError, pytest.fail.Exception)):
        run_page(page, "page.md")


@pytest.mark.parametrize(
    "page",
    [
        "```python\nx = 1\n```\ntext\n```python\n>>> x + 1\n2\n```",
        "```python\nprint(1)\n```\n\n<!-- prints -->\n```text\n1\n```",
        "```{code-cell} ipython3\n:tags: [raises-exception]\n\n1 / 0\n```",
        "```sh\n1 / 0\n```",
        "````{note}\n```sh\nno Python\n```\n````",
        "```python\nprint(1)\nprint(2)\nprint(3)\n```\n\n<!-- prints -->\n```text\n1\n...\n3\n```",
        COMMAND.format(printed=1),
    ],
)
def test_a_page_that_is_right_passes(page: str, somewhere: Path) -> None:
    run_page(page, "page.md")

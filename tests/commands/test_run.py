"""``shapecheck run``: what it prints, in each of its forms, and with which exit status it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True)
        self.out = nn.Linear(width, 2)

    def forward(self, x):
        hidden, _ = self.lstm(x)
        return self.out(hidden)


model = Net(5)
print("begun")
model(torch.zeros(6, 7, 3))
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "shapecheck", "run", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("scripts")
    (home / "train.py").write_text(SCRIPT)
    (home / "well.py").write_text("print('done')\n")
    return home


@pytest.fixture(scope="module")
def crashed(folder: Path) -> subprocess.CompletedProcess[str]:
    return run(folder, "train.py")


def test_torchs_own_traceback_comes_first_and_is_what_python_prints(
    folder: Path, crashed: subprocess.CompletedProcess[str]
) -> None:
    python = subprocess.run([sys.executable, "train.py"], cwd=folder, capture_output=True, text=True, timeout=300)
    assert crashed.stderr.startswith(python.stderr)
    assert (crashed.stdout, crashed.returncode) == ("begun\n", 1)


def test_the_text_has_the_trace_the_failing_line_the_operand_and_the_fix(
    crashed: subprocess.CompletedProcess[str],
) -> None:
    text = crashed.stderr.partition("shapecheck looked at")[2]
    lines = text.splitlines()
    assert "nn.LSTM(3, 4, batch_first=True)" in text
    assert "FAILED HERE" in text
    at = next(at for at, line in enumerate(lines) if "return self.out(hidden)" in line)
    begin = lines[at].index("self.out(hidden)")
    assert lines[at - 1].strip() == "--> train.py:13, in forward"
    assert lines[at + 1][begin:] == "^" * len("self.out(hidden)")
    assert lines[at + 2].strip() == "|  hidden: (6, 7, 4) = (batch_size, seq_length, hidden_size) float32"
    assert "more      shapecheck explain SC" in text
    assert "\x1b" not in text


def test_quiet_leaves_the_trace_out(folder: Path) -> None:
    text = run(folder, "--quiet", "train.py").stderr.partition("shapecheck looked at")[2]
    assert "hidden: (6, 7, 4)" in text
    assert "nn.LSTM(3, 4" not in text
    assert "shapecheck fix" not in text
    assert run(folder, "--quiet", "well.py").stderr == ""


def test_a_run_that_ends_says_what_was_not_looked_at(folder: Path) -> None:
    ended = run(folder, "well.py")
    assert (ended.stdout, ended.returncode) == ("done\n", 0)
    assert " ".join(ended.stderr.split()) == (
        "shapecheck: well.py ran to its end without an exception. That is all that was looked at: a run that ends may "
        "still compute something else than was meant."
    )
    assert max(map(len, ended.stderr.splitlines())) <= 100


def test_the_json_follows_the_schema(folder: Path) -> None:
    ended = run(folder, "--format", "json", "--output", "report.json", "train.py")
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    assert ended.returncode == 1
    assert "shapecheck looked at" not in ended.stderr
    assert list(report) == [
        "schema_version", "script", "outcome", "exception", "checked", "not_checked", "trace", "findings",
    ]  # fmt: skip
    assert (report["schema_version"], report["script"], report["outcome"]) == (1, "train.py", "crashed")
    assert report["exception"]["type"] == "RuntimeError"
    assert report["exception"]["line"] == 13
    assert [row["module"] for row in report["trace"]] == ["", "lstm", "out"]
    finding = report["findings"][0]
    assert finding["crash_line"] == 13
    assert finding["line"] in (9, 16)
    assert any(fix["verified"] == "call" for fix in finding["fixes"])


def test_the_json_of_a_run_that_ends_comes_after_its_output(folder: Path) -> None:
    ended = run(folder, "--format", "json", "well.py")
    first, _, rest = ended.stdout.partition("\n")
    assert first == "done"
    assert json.loads(rest)["outcome"] == "ok"


class Page(HTMLParser):
    """Collects what is loaded and what could be run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href") or name.startswith("on")]


def test_the_page_is_whole_and_safe_against_what_stands_in_the_script(folder: Path) -> None:
    hostile = SCRIPT.replace(
        'print("begun")', 'model.x = "</pre><script>alert(1)</script><img src=http://e.vil onerror=alert(2)>"'
    ).replace("model(torch.zeros(6, 7, 3))", 'model(torch.zeros(6, 7, 3)), "<script>alert(3)</script>"')
    (folder / "hostile.py").write_text(hostile)
    ended = run(folder, "--format", "html", "--output", "page.html", "hostile.py")
    page = Page()
    text = (folder / "page.html").read_text()
    page.feed(text)
    assert ended.returncode == 1
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert all(link.startswith("#") for link in page.links)
    assert page.tags.count("svg") == 1
    assert "<mark>self.out(hidden)</mark>" in text
    assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope.py"], "shapecheck: error: cannot read nope.py: No such file or directory\n"),
        (["."], "shapecheck: error: . is a directory without a __main__.py; name the script to run\n"),
        ([], "shapecheck: error: name the script to run: shapecheck run script.py\n"),
        (["-m"], "shapecheck: error: -m needs the name of a module behind it\n"),
        (["-c"], "shapecheck: error: -c needs code behind it\n"),
        (
            ["--batch-axis", "0", "well.py"],
            "shapecheck: error: --batch-axis is for --audit: shapecheck run --audit --batch-axis 0 script.py\n",
        ),
        (["--output", ".", "well.py"], "shapecheck: error: --output . is a directory; name a file\n"),
    ],
)
def test_wrong_usage(folder: Path, arguments: list[str], message: str) -> None:
    ended = run(folder, *arguments)
    assert (ended.stderr, ended.stdout, ended.returncode) == (message, "", 2)


def test_a_module_that_is_missing_is_told_by_python_alone(folder: Path) -> None:
    ended = run(folder, "-m", "nope")
    assert (ended.stderr, ended.stdout, ended.returncode) == (f"{sys.executable}: No module named nope\n", "", 1)


def test_an_output_that_cannot_be_written_is_said_before_the_script_runs(folder: Path) -> None:
    ended = run(folder, "--output", "no/such/folder/r.txt", "train.py")
    assert ended.stderr.startswith("shapecheck: error: --output no/such/folder/r.txt: there is no directory ")
    assert (ended.stdout, ended.returncode) == ("", 2)


def test_the_output_is_where_it_was_named_wherever_the_script_goes(folder: Path) -> None:
    (folder / "goes.py").write_text("import os\nos.mkdir('other')\nos.chdir('other')\n" + SCRIPT)
    run(folder, "--format", "json", "--output", "r.json", "goes.py")
    assert json.loads((folder / "r.json").read_text())["outcome"] == "crashed"


def test_paths_are_shown_from_where_the_command_was_called_wherever_the_script_goes(folder: Path) -> None:
    (folder / "leaves.py").write_text("import os\nos.chdir('/')\n" + SCRIPT)
    told = run(folder, "leaves.py").stderr
    assert "--> leaves.py:15, in forward" in told
    assert str(folder) not in told.partition("shapecheck looked at")[2]
    page = run(folder, "--format", "html", "leaves.py").stdout
    assert "leaves.py:15, in forward" in page
    assert f"{folder}" not in page


@pytest.mark.parametrize(
    "does",
    [
        "sys.stdout = io.StringIO()",
        "sys.stdout = sys.stderr = None",
        "sys.stdout = io.TextIOWrapper(sys.stdout.detach())",
    ],
)
def test_the_report_goes_where_it_would_have_gone_before_the_script_changed_that(folder: Path, does: str) -> None:
    (folder / "streams.py").write_text(f"import io, sys\n{does}\n{{}}['x']\n")
    ended = run(folder, "--format", "json", "streams.py")
    assert json.loads(ended.stdout)["exception"]["type"] == "KeyError"


def test_a_stream_that_the_script_has_closed_is_told_of(folder: Path) -> None:
    ended = run(folder, "--format", "json", "-c", "import sys; sys.stdout.close()")
    assert (ended.stdout, ended.returncode) == ("", 0)
    assert ended.stderr == (
        "shapecheck: error: the script has closed the stream that the report goes to; --output FILE writes it to a "
        "file\n"
    )


def test_the_json_of_a_script_that_left_with_a_status_calls_nothing_checked(folder: Path) -> None:
    report = json.loads(run(folder, "--format", "json", "-c", "raise SystemExit(3)").stdout)
    assert (report["outcome"], report["checked"]) == ("ok", [])
    assert report["not_checked"][0] == {
        "what": "why the script left with a status that is not zero",
        "why": "it left of its own accord; no exception was there to look at",
    }


def test_a_failure_of_our_own_is_one_line(folder: Path) -> None:
    broken = "import shapecheck.capture.crashes.crash as crash\ncrash.crash_of = None\n"
    hidden = "import sys\nsys.modules['shapecheck.scripts.crash_report'] = None\n"
    for name, text in (("broken.py", hidden + SCRIPT), ("other.py", broken + hidden + SCRIPT)):
        (folder / name).write_text(text)
        ended = run(folder, name)
        _, _, ours = ended.stderr.partition("mat1 and mat2 shapes cannot be multiplied (42x4 and 5x2)\n")
        assert ours.startswith("shapecheck: no diagnosis: shapecheck itself failed (")
        assert ours.endswith("; the script's own error stands\n")
        assert ours.count("\n") == 1
        assert ended.returncode == 1


def test_an_exception_without_tensors_gets_no_diagnosis_and_says_why(folder: Path) -> None:
    (folder / "key.py").write_text("import torch\n{}['x']\n")
    ended = run(folder, "key.py")
    assert " ".join(ended.stderr.split("\n\n")[-1].split()) == (
        "shapecheck: no diagnosis: no tensor and no layer of torch has any part in the expression that raised it."
    )


def test_an_error_in_a_worker_process_is_explained(folder: Path) -> None:
    text = """\
import torch
from torch.utils.data import DataLoader
if __name__ == "__main__":
    for batch in DataLoader([torch.zeros(3), torch.zeros(5)], batch_size=2, num_workers=1):
        pass
"""
    (folder / "workers.py").write_text(text)
    ended = run(folder, "--format", "json", "--output", "workers.json", "workers.py")
    report = json.loads((folder / "workers.json").read_text())
    assert ended.returncode == 1
    assert report["exception"]["line"] == 4
    assert report["findings"]


@pytest.mark.parametrize(("code", "status"), [("import sys; sys.exit(3)", 3), ("raise SystemExit('bad')", 1)])
def test_a_run_that_left_with_a_status_is_not_called_a_good_end(folder: Path, code: str, status: int) -> None:
    ended = run(folder, "-c", code)
    assert ended.returncode == status
    assert f"left with status {status} of its own accord; no exception was there to look at" in " ".join(
        ended.stderr.split()
    )
    assert "ran to its end" not in ended.stderr


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("pass", "it did not import torch, or the audit could not begin"),
        ("import torch", "no step was seen: no model that has something to learn was called"),
        (
            "import torch; torch.nn.Linear(3, 1)(torch.zeros(0, 3)).sum().backward()",
            "its batch was empty: in what the model was given there is nothing to look at",
        ),
    ],
)
def test_an_audit_of_nothing_says_so(folder: Path, code: str, why: str) -> None:
    told = " ".join(run(folder, "--audit", "-c", code).stderr.split())
    assert told.startswith(
        "shapecheck: -c ... ended without an exception; no more than this was looked at: - that the run"
    )
    assert told.endswith(f", since {why}")
    # Whoever asked for an audit is not told that crashes alone are looked at.
    assert "mistakes that do not crash" not in told


def test_a_diagnosis_with_nothing_to_read_behind_imports_nothing_of_torch_that_takes_seconds(folder: Path) -> None:
    end = "import atexit, sys\natexit.register(lambda: print('sympy' in sys.modules, 'torch._dynamo' in sys.modules))\n"
    (folder / "quick.py").write_text(end + SCRIPT)
    ended = run(folder, "quick.py")
    assert "tried: the call runs" in ended.stderr
    assert ended.stdout == "begun\nFalse False\n"


def test_an_option_behind_the_script_is_told_of(folder: Path) -> None:
    told = run(folder, "well.py", "--audit", "--batch-axis", "1").stderr
    assert told.endswith(
        "shapecheck: --audit and --batch-axis stand behind well.py, so the script was given them. Options of "
        "shapecheck stand in front: shapecheck run --audit --batch-axis 1 well.py\n"
    )


@pytest.mark.parametrize(
    "script",
    [
        "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--audit', action='store_true')\n",
        "import sys\nprint(sys.argv)\n",
        "def main(audit: bool = False):\n    pass\n",
        "import options\n",
    ],
)
def test_an_option_that_the_script_knows_is_its_own(tmp_path: Path, script: str) -> None:
    (tmp_path / "mine.py").write_text(script)
    (tmp_path / "options.py").write_text("OPTIONS = ['--audit']\n")
    assert "behind" not in run(tmp_path, "mine.py", "--audit").stderr


def test_an_option_that_is_not_known_shows_the_usage_of_the_command(folder: Path) -> None:
    ended = run(folder, "--foo", "well.py")
    assert ended.returncode == 2
    assert ended.stderr.startswith("usage: shapecheck run ")
    assert ended.stderr.endswith("shapecheck run: error: unrecognized arguments: --foo\n")


@pytest.mark.parametrize(
    ("typed", "meant"), [("--fromat", "--format"), ("--quit", "--quiet"), ("--fromat=json", "--format")]
)
def test_the_option_that_was_meant_is_named(folder: Path, typed: str, meant: str) -> None:
    ended = run(folder, typed, "well.py")
    assert ended.returncode == 2
    assert ended.stderr.endswith(f"unrecognized arguments: {typed}; did you mean {meant}?\n")


def test_the_format_follows_the_ending_of_the_file(folder: Path) -> None:
    run(folder, "--output", "ending.html", "train.py")
    run(folder, "--output", "ending.json", "train.py")
    run(folder, "--format", "text", "--output", "told.html", "train.py")
    assert (folder / "ending.html").read_text().startswith("<!DOCTYPE html>")
    assert json.loads((folder / "ending.json").read_text())["outcome"] == "crashed"
    assert "shapecheck looked at why" in (folder / "told.html").read_text()


def test_an_audit_without_torch_says_one_reason(folder: Path) -> None:
    text = run(folder, "--audit", "well.py").stderr
    assert text.count("not looked at") == 1
    assert "it did not import torch" in text


def test_a_syntax_error_is_left_to_python(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("print((1)\n")
    told = "shapecheck: no diagnosis: a syntax error is no matter of shapes, and Python has said where it is."
    assert told in " ".join(run(tmp_path, "broken.py").stderr.split())

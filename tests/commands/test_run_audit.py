"""``shapecheck run --audit``: what it prints of what raises nothing, and of what it looked at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from forks import forked


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return forked(folder, "run", *arguments)


WRONG = """\
import torch
from torch import nn

model = nn.Linear(4, 1)
x, y = torch.randn(16, 4), torch.randn(16)
loss = ((model(x) - y) ** 2).mean()
loss.backward()
"""


OPEN = """\
import torch
from torch import nn
torch.manual_seed(0)
layer, head = nn.GRU(3, 8), nn.Linear(8, 4)
x, labels = torch.randn(6, 9, 3), torch.randint(4, (6, 9))
loss = nn.functional.cross_entropy(head(layer(x)[0]).flatten(0, 1), labels.flatten())
loss.backward()
"""


def test_what_an_audit_finds_beside_a_crash_is_no_other_cause_of_it(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(WRONG + "model(torch.randn(3, 5))\n")
    text = run(tmp_path, "--audit", "wrong.py").stderr
    assert "or it is this" not in text
    first, _, rest = text.partition("The crash apart, this was found in the steps before it:")
    assert "SC301: " in first
    assert "SC721: " in rest
    assert "SC301: " not in rest


def test_a_crash_that_no_tensor_has_a_part_in_hides_no_finding(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(WRONG + "{}['key']\n")
    text = run(tmp_path, "--audit", "wrong.py").stderr
    assert "shapecheck: no diagnosis" in text
    assert "The crash apart, this was found in the steps before it:\n\nSC721: " in text


def test_quiet_says_in_a_line_that_a_crash_has_no_diagnosis(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("import torch\nx = torch.ones(2, 3)\nif x.ndim < 3:\n    raise OSError('few')\n")
    ended = run(tmp_path, "--quiet", "own.py")
    assert ended.returncode == 1
    said = "shapecheck: no diagnosis: the script itself raises it if x.ndim < 3; x is (2, 3)."
    assert " ".join(ended.stderr.split()).endswith(f"OSError: few {said}")


def test_quiet_keeps_a_question(tmp_path: Path) -> None:
    (tmp_path / "open.py").write_text(OPEN)
    ended = run(tmp_path, "--quiet", "--audit", "open.py")
    assert ended.returncode == 0
    assert "no finding and 1 question in" in " ".join(ended.stderr.split())
    assert "SC707: does the axis that this layer walks along count steps or samples? (note, possible)" in ended.stderr


def test_the_list_of_checks_begins_with_what_found_something(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(WRONG)
    lines = run(tmp_path, "--audit", "--verbose", "wrong.py").stderr.splitlines()
    marked = [line.split()[0] for line in lines if line.startswith(("  found  ", "  ok     "))]
    assert marked[0] == "found"
    assert set(marked[1:]) == {"ok"}
    assert len(marked) > 50


def test_quiet_hides_no_finding(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(WRONG)
    ended = run(tmp_path, "--quiet", "--audit", "wrong.py")
    assert ended.returncode == 1
    assert "SC721: " in ended.stderr
    assert "not looked at" not in ended.stderr


def test_a_finding_in_code_of_the_command_line_has_its_line(tmp_path: Path) -> None:
    told = run(tmp_path, "--audit", "-c", WRONG).stderr
    assert "--> <string>:6\n   |      loss = ((model(x) - y) ** 2).mean()" in told


def test_a_finding_in_code_that_was_piped_in_has_its_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "shapecheck", "run", "--audit", "-"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, input=WRONG, timeout=300).stderr
    assert "--> <stdin>:6\n   |      loss = ((model(x) - y) ** 2).mean()" in told


def test_a_long_list_of_checks_is_folded_in_the_page(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(WRONG)
    run(tmp_path, "--audit", "--output", "page.html", "wrong.py")
    text = (tmp_path / "page.html").read_text()
    assert "<h1>wrong.py: 1 finding</h1>" in text
    assert "checks</summary>" in text

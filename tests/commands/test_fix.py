import json
import subprocess
import sys
from pathlib import Path

import pytest
from forks import warned_as_by_python

from shapecheck.cli import main
from shapecheck.scripts import runner
from shapecheck.scripts.rehearsal import rehearse

SCRIPT = """\
import torch  # the library
from torch import nn

import helper


def loss_of(scores, labels):
    return nn.functional.cross_entropy(scores, labels)  # labels come from a table


torch.manual_seed(0)
linear = nn.Linear(helper.WIDTH, 3)
labels = torch.tensor([0.0, 2.0, 1.0, 1.0])
print(round(loss_of(linear(torch.ones(4, 6)), labels).item(), 3))
"""


class Forks:
    """Runs a script in forks of the tests' own process, which has torch loaded already; see `Rehearsals`."""

    def __init__(self, target):
        self.target = target

    def run(self, sources, timeout, *, audit=False):
        with warned_as_by_python():
            return rehearse(self.target, sources, timeout, audit=audit)

    def close(self):
        """There is nothing to end."""


@pytest.fixture
def fix(tmp_path, monkeypatch, capfd):
    """The command, without a process of its own."""
    monkeypatch.setattr(runner, "Rehearsals", Forks)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        capfd.readouterr()
        status = main(["fix", *arguments])
        return subprocess.CompletedProcess(arguments, status, *capfd.readouterr())

    return run


def fix_apart(tmp_path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as it is called, in processes of its own."""
    command = [sys.executable, "-m", "shapecheck", "fix", *arguments]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture
def script(tmp_path):
    (tmp_path / "train.py").write_text(SCRIPT)
    (tmp_path / "helper.py").write_text("WIDTH = 5\n")
    return tmp_path / "train.py"


def test_two_mistakes_in_two_files_are_mended_one_after_the_other(tmp_path, script):
    done = fix_apart(tmp_path, "train.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "-WIDTH = 5\n" in done.stdout or "+linear = nn.Linear(6, 3)\n" in done.stdout
    assert ".long()" in done.stdout
    assert "was seen to run to its end" in done.stdout
    # The last run was one under the audit already.
    assert done.stdout.endswith("Nothing was written; --write changes the file.\n")
    assert script.read_text() == SCRIPT
    assert sorted(path.name for path in tmp_path.iterdir()) == ["helper.py", "train.py"]


def test_write_changes_the_file_and_keeps_comments(tmp_path, fix, script):
    (tmp_path / "helper.py").write_text("WIDTH = 6\n")
    done = fix("--write", "train.py")
    assert done.returncode == 0
    assert "The change was written." in done.stdout
    assert "import torch  # the library" in script.read_text()
    assert "# labels come from a table" in script.read_text()
    assert subprocess.run([sys.executable, "train.py"], cwd=tmp_path, check=False, capture_output=True).returncode == 0


def test_json_has_the_diff_and_the_verdict(tmp_path, fix, script):
    (tmp_path / "helper.py").write_text("WIDTH = 6\n")
    data = json.loads(fix("--format", "json", "train.py").stdout)
    assert (data["outcome"], data["verified"], data["written"]) == ("fixed", "script", False)
    assert data["applied"][0]["code"].startswith("SC")
    assert any(".long()" in diff for diff in data["diffs"].values())


def test_what_cannot_be_mended_is_not_called_fixed(tmp_path, fix):
    (tmp_path / "train.py").write_text("import torch\nraise RuntimeError('of my own')\n")
    done = fix("--write", "train.py")
    assert done.returncode == 1
    assert "No change was found with which train.py runs to its end (1 run).\n" in done.stdout
    assert done.stdout.endswith(
        "What is left: RuntimeError: of my own\nIt stands at train.py:2: raise RuntimeError('of my own')\n"
    )
    assert "seen to run to its end" not in done.stdout


def test_what_is_known_of_a_crash_is_told_where_no_change_mends_it(tmp_path, fix):
    text = 'import torch\nfrom torch import nn\n\nlayer = nn.Linear(5, 3)\nexec("layer(torch.ones(4, 6))")\n'
    (tmp_path / "train.py").write_text(text)
    done = fix("train.py")
    assert done.returncode == 1
    assert "No change was found with which train.py runs to its end" in done.stdout
    assert done.stdout.splitlines()[-3:] == [
        'It stands at train.py:5: exec("layer(torch.ones(4, 6))")',
        "What is known of it: SC301, the layer in front gives another width than the Linear was made for.",
        "shapecheck run train.py shows its line and each operand.",
    ]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("raise SystemExit(3)\n", "SystemExit: it left with 3 of its own accord"),
        ("print(1 / 0)\n", "ZeroDivisionError: division by zero"),
    ],
)
def test_nobody_is_sent_to_run_for_what_run_does_not_have(tmp_path, fix, text, left):
    (tmp_path / "train.py").write_text(text)
    done = fix("train.py")
    assert done.stdout.endswith(f"(1 run).\nWhat is left: {left}\nIt stands at train.py:1: {text}")


def test_a_message_that_begins_with_a_heading_is_told_with_what_stands_below_it(tmp_path, fix):
    (tmp_path / "train.py").write_text(
        "from torch import nn\n\nnn.Linear(3, 5).load_state_dict(nn.Linear(3, 7).state_dict())\n"
    )
    done = fix("train.py").stdout
    assert "What is left: RuntimeError: Error(s) in loading state_dict for Linear: size mismatch for weight: " in done
    assert done.endswith("shapecheck run train.py shows its line and each operand.\n")


def test_a_script_without_end_is_stopped(tmp_path, fix):
    (tmp_path / "train.py").write_text("while True:\n    pass\n")
    done = fix("--timeout", "1", "train.py")
    assert done.returncode == 1
    assert "did not end within 1 second, so" in done.stdout


def test_arguments_and_output_of_the_script_are_its_own(tmp_path):
    (tmp_path / "train.py").write_text("import sys\nprint('of the script')\nassert sys.argv[1:] == ['--epochs', '2']\n")
    done = fix_apart(tmp_path, "train.py", "--epochs", "2")
    assert done.returncode == 0
    assert done.stdout == (
        "train.py runs to its end as it is; there is nothing to fix.\n"
        "Mistakes that raise nothing are found by: shapecheck run --audit train.py\n"
    )


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("missing.py", None, "error: cannot read missing.py: No such file or directory"),
        ("broken.py", "def f(:\n", "cannot be read as Python"),
        ("latin.py", b"# \xe9\n", "cannot be read as Python"),
        ("null.py", "x = 1\0\n", "cannot be read as Python"),
    ],
)
def test_wrong_usage_is_told_at_once(tmp_path, capsys, monkeypatch, name, text, said):
    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main(["fix", name]) == 2
    assert said in capsys.readouterr().err


def test_line_ends_and_encoding_of_the_file_stay(tmp_path, fix):
    text = SCRIPT.replace("helper.WIDTH", "5").replace("import helper\n", "").replace("# the library", "# größe")
    (tmp_path / "train.py").write_bytes(("# -*- coding: latin-1 -*-\n" + text).replace("\n", "\r\n").encode("latin-1"))
    done = fix("--write", "train.py")
    assert done.returncode == 0, done.stdout + done.stderr
    after = (tmp_path / "train.py").read_bytes()
    assert "# größe".encode("latin-1") in after
    assert after.count(b"\r\n") == after.count(b"\n") == after.count(b"\r")
    assert b".long()" in after
    assert "No newline" not in done.stdout


def test_a_script_that_deletes_itself_is_told_of(tmp_path, fix):
    (tmp_path / "train.py").write_text("import os, torch\nos.remove(__file__)\ntorch.ones(2, 3) @ torch.ones(2, 3)\n")
    done = fix("train.py")
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr


def test_what_nothing_decides_is_written_where_that_is_asked_for_and_never_called_fixed(tmp_path, fix):
    text = "import torch\n\na, b = torch.rand(9), torch.rand(10)\nprint((a * b).shape)\n"
    (tmp_path / "train.py").write_text(text)
    done = fix("train.py")
    assert done.returncode == 1
    assert "+print((a * b[:-1]).shape)" in done.stdout
    assert "whether it is what was meant is not known" in done.stdout
    assert "In doubt: b[:-1]: the longer one may have a step too many at its end or at its beginning" in done.stdout
    assert "Nothing was written; --write changes the file." in done.stdout
    assert (tmp_path / "train.py").read_text() == text
    data = json.loads(fix("--format", "json", "train.py").stdout)
    assert (data["outcome"], data["verified"], data["written"]) == ("in doubt", "script", False)

    done = fix("--write", "train.py")

    assert done.returncode == 1
    assert "The change was written. Look at it before you rely on what the script prints." in done.stdout
    assert (tmp_path / "train.py").read_text() == text.replace("a * b", "a * b[:-1]")


def test_a_script_that_goes_to_another_directory_is_mended_all_the_same(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "train.py").write_text(
        "import os, torch\nlinear = torch.nn.Linear(5, 2)\nos.chdir('/')\nlinear(torch.zeros(3, 4))\n"
    )
    done = fix_apart(tmp_path, "--write", "inside/train.py")
    assert done.returncode == 0, done.stdout
    assert "torch.nn.Linear(4, 2)" in (tmp_path / "inside" / "train.py").read_text()


@pytest.mark.parametrize("name", ["-", "."])
def test_what_is_no_file_cannot_be_mended(name, fix):
    done = fix(name)
    assert done.stderr == (
        f"shapecheck: error: {name} is no file that could be changed; name the script that crashes\n"
    )
    assert done.returncode == 2


def test_an_option_behind_the_script_is_told_of(tmp_path, fix):
    text = (
        "import torch\nfrom torch import nn\n\nnn.CrossEntropyLoss()(torch.rand(4, 3), torch.tensor([0.0, 1, 2, 0]))\n"
    )
    (tmp_path / "train.py").write_text(text)
    done = fix("train.py", "--write")
    assert "--write changes the file" not in done.stdout
    assert done.stderr == (
        "shapecheck: --write stands behind train.py, so the script was given it. Options of shapecheck stand in "
        "front: shapecheck fix --write train.py\n"
    )
    assert (tmp_path / "train.py").read_text() == text


def test_a_limit_of_changes_that_was_reached_is_told_of(tmp_path, fix, script):
    (tmp_path / "train.py").write_text(
        "import torch\nfrom torch import nn\n\nscores = nn.Linear(4, 3)(torch.rand(6, 5))\n"
        "print(nn.CrossEntropyLoss()(scores, torch.tensor([0.0, 1, 2, 0, 1, 2])))\n"
    )
    done = fix("--no-color", "--max-fixes", "1", "train.py")
    assert "\x1b" not in done.stdout
    assert "With this change train.py gets farther, and still crashes" in done.stdout
    assert "--max-fixes 1 allows no further change." in done.stdout
    assert "No change was found" not in done.stdout


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--timeout", "-3", "argument --timeout: expected seconds, more than 0, got '-3'"),
        ("--timeout", "soon", "argument --timeout: expected seconds, more than 0, got 'soon'"),
        ("--max-fixes", "0", "argument --max-fixes: expected a number of 1 or more, got '0'"),
    ],
)
def test_a_value_that_is_none_is_told_in_words(capsys, option, value, said):
    with pytest.raises(SystemExit):
        main(["fix", option, value, "train.py"])
    assert said in capsys.readouterr().err


TRAINED = """

model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for _ in range(3):
    loss = nn.CrossEntropyLoss()(model(torch.randn(5, 7, 3)), torch.randint(0, 4, (5,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
TWICE = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.linear = nn.LSTM(3, 16, batch_first=True), nn.Linear(8, 4)

    def forward(self, x):
        out, _ = self.lstm(x)
        return torch.softmax(self.linear(out[:, -1]), dim=1)

"""
TABLE = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.table = nn.Linear(3, 8), nn.Parameter(torch.randn(50, 1, 8))
        self.rnn, self.linear = nn.GRU(8, 16, batch_first=True), nn.Linear(16, 4)

    def forward(self, x):
        out, _ = self.rnn(self.inner(x) + self.table[:x.size(1)])
        return self.linear(out[:, -1])

"""


def test_what_else_an_audit_finds_is_told(tmp_path, fix):
    (tmp_path / "train.py").write_text(TWICE + TRAINED)
    done = fix("train.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "+        self.lstm, self.linear = nn.LSTM(3, 16, batch_first=True), nn.Linear(16, 4)\n" in done.stdout
    assert (
        "What raises nothing is a mistake as well: SC731, an activation stands in front of a loss that has its own, "
        "in line 12.\n"
        "shapecheck run --audit train.py tells more of it, once the change is made.\n"
    ) in done.stdout


def test_a_change_with_which_samples_get_positions_gives_way_to_one_with_which_steps_do(tmp_path, fix):
    (tmp_path / "train.py").write_text(TABLE + TRAINED)
    done = fix("train.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "self.table[:x.size(1)].transpose(0, 1)" in done.stdout


def package(tmp_path, **files: str):
    folder = tmp_path / "pack"
    folder.mkdir()
    for name, text in {"__init__": "", **files}.items():
        (folder / f"{name}.py").write_text(text)
    return folder


MODULE = {
    "net": "from torch import nn\n\nlinear = nn.Linear(5, 3)\n",
    "train": "import sys\nimport torch\nfrom . import net\n\nprint(sys.argv[1:], net.linear(torch.ones(4, 6)).shape)\n",
}


def test_a_module_is_mended_as_python_runs_it(tmp_path, fix):
    folder = package(tmp_path, **MODULE)
    done = fix("--write", "-m", "pack.train", "--lr", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "With this change -m pack.train was seen to run to its end" in done.stdout
    assert "nn.Linear(6, 3)" in (folder / "net.py").read_text()
    assert "-m pack.train runs to its end as it is" in fix("-m", "pack.train").stdout


def test_the_main_of_a_package_is_mended(tmp_path):
    folder = package(tmp_path, __main__="import torch\n\nprint(torch.nn.Linear(5, 3)(torch.ones(4, 6)).shape)\n")
    assert fix_apart(tmp_path, "--write", "-m", "pack").returncode == 0
    assert "nn.Linear(6, 3)" in (folder / "__main__.py").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-m"], "-m needs the name of a module"),
        ([], "name the script to run: shapecheck fix script.py"),
        (["-m", "pack"], "-m pack.__main__: there is no such module"),
        (["-m", "pack.none"], "-m pack.none: there is no such module"),
        (["-m", "none.at.all"], "-m none.at.all: there is no such module"),
        (["-m", "sys"], "-m sys: there is no such module with a file that could be changed"),
    ],
)
def test_what_is_no_module_is_told_at_once(tmp_path, monkeypatch, capsys, arguments, said):
    package(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["fix", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_two_operations_of_one_line_are_mended_one_after_the_other(tmp_path, fix):
    (tmp_path / "train.py").write_text(
        "import torch\n\n"
        "x = torch.arange(60.0).view(3, 4, 5)\n"
        "first, second = x.transpose(0, 1), x.transpose(1, 2)\n"
        "rows, columns = first.view(-1), second.view(-1)\n"
        "print(rows.sum(), columns.sum())\n"
    )
    done = fix("train.py")
    assert done.returncode == 0, done.stdout
    assert "+rows, columns = first.contiguous().view(-1), second.contiguous().view(-1)" in done.stdout

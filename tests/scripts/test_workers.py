"""An error in a worker process of a DataLoader is looked at where its values are."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

DATA = """\
import sys
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

made = nn.Linear(3, 8)


class Data(Dataset):
    def __len__(self):
        return 12

    def __getitem__(self, i):
        x = torch.rand(5)
        return made(x).detach()


if __name__ == "__main__":
    for x in DataLoader(Data(), batch_size=4, num_workers=2{more}):
        print(tuple(x.shape))
"""


def shapecheck(folder: Path, *arguments: str, more: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "train.py").write_text(DATA.replace("{more}", more))
    command = [sys.executable, "-m", "shapecheck", *arguments, "train.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workers")


def test_its_operand_its_line_and_its_cause_are_told(folder: Path) -> None:
    ended = shapecheck(folder, "run")
    told = ended.stderr.partition("shapecheck looked at")[2]
    assert ended.returncode == 1
    assert "--> train.py:15, in __getitem__" in told
    assert "x: (5,) float32" in told
    assert "SC301" in told
    assert "--> train.py:6   it surfaced at line 15" in told
    # What torch sends is the text that it sends without us.
    assert "return inner()" not in ended.stderr


def test_the_report_speaks_of_the_exception_that_the_script_got(folder: Path) -> None:
    shapecheck(folder, "run", "--format", "json", "--output", "r.json")
    report = json.loads((folder / "r.json").read_text())
    assert report["script"] == "train.py"
    assert report["exception"]["line"] == 15
    assert report["exception"]["message"].startswith("Caught RuntimeError in DataLoader worker process 0.")
    assert report["findings"][0]["fixes"][0]["verified"] == "call"


def test_it_can_be_mended(folder: Path) -> None:
    ended = shapecheck(folder, "fix")
    assert "+made = nn.Linear(5, 8)" in ended.stdout
    assert "1. RuntimeError: mat1 and mat2 shapes cannot be multiplied (1x5 and 3x8)" in ended.stdout
    assert ended.returncode == 0


def test_a_process_that_was_not_forked_sends_its_text_only_and_that_is_said(folder: Path) -> None:
    ended = shapecheck(folder, "run", more=', multiprocessing_context="spawn"')
    assert " ".join(ended.stderr.split("\n\n")[-1].split()) == (
        "shapecheck: no diagnosis: it was raised in another process, and only its text came from there; a loader with "
        "num_workers=0 has none."
    )


RAGGED = """\
import torch
from torch.utils.data import DataLoader, Dataset


class Data(Dataset):
    def __len__(self):
        return 12

    def __getitem__(self, i):
        return torch.randn(5 if i != 2 else 6, 3), torch.tensor(float(i % 2))


if __name__ == "__main__":
    for x, y in DataLoader(Data(), batch_size=4, num_workers={count}):
        print(tuple(x.shape))
"""


def test_a_batch_that_a_worker_cannot_put_together_is_mended_as_without_workers(tmp_path: Path) -> None:
    told = []
    for count in (0, 2):
        (tmp_path / "train.py").write_text(RAGGED.replace("{count}", str(count)))
        command = [sys.executable, "-m", "shapecheck", "run", "--format", "json", "--output", "r.json", "train.py"]
        subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=300)
        (found,) = json.loads((tmp_path / "r.json").read_text())["findings"]
        told.append((found["code"], found["line"], [fix["title"] for fix in found["fixes"]]))
    assert told[0] == told[1]
    assert told[0][0] == "SC505"
    assert told[0][2] == ["collate_fn that pads"]

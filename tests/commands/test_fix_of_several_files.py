"""`shapecheck fix` of programs in several files."""

from __future__ import annotations

import subprocess
import sys

TAGGER = """\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.tag = nn.Embedding(9, 5, padding_idx=0), nn.Linear(7, 3)
        self.gru = nn.GRU(5, 7, batch_first=True)

    def forward(self, ids):
        lengths = (ids != 0).sum(1)
        packed = pack_padded_sequence(self.embed(ids), lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        return self.tag(out)
"""
TRAIN = """\
import torch
from tagger import Tagger
from torch import nn

ids = torch.tensor([[4, 2, 7, 0, 0, 0], [3, 8, 1, 5, 0, 0]])
tags = torch.where(ids > 0, ids % 3, -100)
print(nn.functional.cross_entropy(Tagger()(ids).reshape(-1, 3), tags.reshape(-1)).item())
"""


def test_the_line_to_change_is_in_a_module_whose_call_is_over(tmp_path):
    (tmp_path / "tagger.py").write_text(TAGGER)
    (tmp_path / "train.py").write_text(TRAIN)
    command = [sys.executable, "-m", "shapecheck", "fix", "train.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tagger.py\n" in done.stdout
    assert "total_length=ids.size(1)" in done.stdout

"""Fillers that only a name of the script tells of, behind the symbols that end the sequences."""

from __future__ import annotations

import pytest
from programs import audited

PROGRAM = """
import random
from torch.utils.data import DataLoader
random.seed(0)

{names}

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn, self.out = nn.Embedding(12, 8), nn.GRU(8, 8, batch_first=True), nn.Linear(8, 12)

    def forward(self, ids):
        return self.out(self.rnn(self.table(ids))[0]).transpose(1, 2)

def made(size):
    n = random.choice({sizes})
    words = [1] + [random.randrange(3, 12) for _ in range(n)] + {end}
    return words + {filled}

rows = [torch.tensor(made(9)) for _ in range(24)]
model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for ids in {batches}:
    x, y = ids[:, :-1], ids[:, 1:]
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PLAIN = {
    "names": "PAD, BOS, EOS = 0, 1, 2",
    "sizes": "[2, 3, 4, 6]",
    "end": "[2]",
    "filled": "[PAD] * (size - len(words))",
    "batches": "torch.stack(rows).split(8)",
    "loss": "F.cross_entropy(model(x), y)",
}


@pytest.mark.parametrize(
    ("change", "edit"),
    [
        ({}, "loss = F.cross_entropy(model(x), y, ignore_index=0)"),
        ({"batches": "DataLoader(rows, batch_size=8)"}, "loss = F.cross_entropy(model(x), y, ignore_index=0)"),
        ({"names": "pad_id = 0", "filled": "[pad_id] * (size - len(words))"},
         "loss = F.cross_entropy(model(x), y, ignore_index=0)"),
        ({"names": "table = {'<pad>': 0, '<eos>': 2}", "filled": "[0] * (size - len(words))"},
         "loss = F.cross_entropy(model(x), y, ignore_index=0)"),
        ({"loss": "F.cross_entropy(model(x), y, ignore_index=-100)"},
         "loss = F.cross_entropy(model(x), y, ignore_index=0)"),
        ({"loss": "F.cross_entropy(model(x), y, ignore_index=PAD)"}, None),
        ({"loss": "F.cross_entropy(model(x), y, reduction='none')[y != PAD].mean()"}, None),
        # A convolution is told how far it reaches out, and no symbol.
        ({"names": "layer = nn.Conv1d(8, 8, 1, padding=0)", "filled": "[0] * (size - len(words))"}, None),
        # Nothing else ends a row: the filler is its end.
        ({"end": "[]"}, None),
        # It is no padding by its name, or the end as well.
        ({"names": "BLANK = 0", "filled": "[BLANK] * (size - len(words))"}, None),
        ({"names": "PAD, EOS = 0, 0", "end": "[0]"}, None),
        # All rows are of one length: what stands behind them is another matter.
        ({"sizes": "[4]"}, None),
    ],
)  # fmt: skip
def test_a_filler_that_is_called_padding(change, edit):
    found = audited(PROGRAM.format(**PLAIN | change), "")
    assert [slug for slug, _ in found] == ([] if edit is None else ["padding_asked_for"])
    assert [text.strip() for _, edits in found for text in edits] == ([] if edit is None else [edit])

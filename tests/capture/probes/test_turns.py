"""Batch and time that are exchanged in two places, or in none; each wrong way beside the right ones."""

from __future__ import annotations

import pytest
from programs import audited

PROGRAM = """
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.start = nn.Linear(3, 8)
        self.places = nn.Parameter(torch.randn({places}, 8))
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0{batch_first})
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        x = {turned}
        return self.head(self.encoder(self.start(x) + self.places).mean({time}))


def collate(items):
    series, labels = zip(*items)
    return {put_together}, torch.tensor(labels)


items = [(torch.randn(6, 3), k % 4) for k in range(18)]
model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, labels in DataLoader(items, batch_size=6, shuffle=True, collate_fn=collate):
    optimizer.zero_grad()
    F.cross_entropy(model({given}), labels).backward()
    optimizer.step()
"""
FRONT = {"places": "6, 1", "batch_first": "", "time": "0"}
BEHIND = {"places": "6", "batch_first": ", batch_first=True", "time": "1"}


def found(**parts):
    return audited(PROGRAM.format(**({"turned": "x", "given": "x"} | parts)), "")


@pytest.mark.parametrize(
    ("layers", "put_together", "turned", "edit"),
    [
        (FRONT, "pad_sequence(series)", "x.transpose(0, 1)", "        x = x\n"),
        (FRONT, "torch.stack(series, 1)", "x.permute(1, 0, 2)", "        x = x\n"),
        (FRONT, "torch.stack(series).transpose(0, 1)", "torch.transpose(x, 0, 1)", "        x = x\n"),
        (BEHIND, "torch.stack(series)", "(x + 1).transpose(1, 0)", "        x = (x + 1)\n"),
    ],
)
def test_what_is_turned_twice_is_turned_once_too_often(layers, put_together, turned, edit):
    assert found(**layers, put_together=put_together, turned=turned) == [("turned_once_too_often", [edit])]


@pytest.mark.parametrize(
    ("layers", "put_together", "given", "edit"),
    [
        (FRONT, "torch.stack(series)", "x", "x.transpose(0, 1)"),
        (FRONT, "pad_sequence(series, batch_first=True)", "x.float()", "x.float().transpose(0, 1)"),
        (BEHIND, "pad_sequence(series)", "x", "x.transpose(0, 1)"),
    ],
)
def test_what_is_nowhere_turned(layers, put_together, given, edit):
    line = f"    F.cross_entropy(model({edit}), labels).backward()\n"
    assert found(**layers, put_together=put_together, given=given) == [("turned_once_too_often", [line])]


@pytest.mark.parametrize(
    ("layers", "put_together", "turned"),
    [
        (FRONT, "pad_sequence(series)", "x"),
        (FRONT, "torch.stack(series)", "x.transpose(0, 1)"),
        (BEHIND, "torch.stack(series)", "x"),
        (BEHIND, "torch.stack(series, 1)", "x.transpose(0, 1)"),
        (FRONT, "torch.stack(series)", "x.transpose(0, 1).transpose(0, 1).transpose(0, 1)"),
    ],
)
def test_what_is_turned_as_often_as_it_must_be(layers, put_together, turned):
    assert found(**layers, put_together=put_together, turned=turned) == []

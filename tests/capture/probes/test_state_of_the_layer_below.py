"""Recurrent layers that a loop lays one above the other: begun for themselves, or where the one below has ended."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.{layer}(6, 6, batch_first=True) for _ in range(3))
        self.table, self.out = nn.Embedding(11, 6), nn.Linear(6, 4)

    def run(self, layer, x, state):
        return layer(x, state)

    def forward(self, ids):
        out, state = self.table(ids), None
{walk}
        return self.out(out[:, -1])

model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randint(0, 11, (5, {steps})), torch.randint(0, 4, (5,))) for _ in range(2)]
"""


def program(walk, layer="GRU", steps=7):
    lines = "\n".join(f"        {line}" for line in walk.splitlines())
    return PROGRAM.format(walk=lines, layer=layer, steps=steps)


HANDED = "for layer in self.layers:\n    out, state = layer(out, state)"
IN_ONE = "for layer in self.layers:\n    out, state = self.run(layer, out, state)"
DROPPED = "for layer in self.layers:\n    out = F.dropout(out, 0.1)\n    out, state = layer(out, state)"


@pytest.mark.parametrize("layer", ["GRU", "LSTM", "RNN"])
@pytest.mark.parametrize("walk", [HANDED, IN_ONE, DROPPED])
def test_a_layer_that_begins_where_the_one_below_ended(walk, layer):
    assert slugs(program(walk, layer)) == ["state_of_another_layer"]


@pytest.mark.parametrize(
    ("walk", "steps"),
    [
        ("for layer in self.layers:\n    out, _ = layer(out)", 7),
        ("for layer in self.layers:\n    out, _ = layer(out, torch.zeros(1, len(ids), 6))", 7),
        # One step a call: there is none to come.
        (HANDED, 1),
        # A decoder that is told what was read.
        ("read, state = self.layers[0](out)\nout, _ = self.layers[1](read, state)", 7),
        # One layer that goes over the sequence again.
        ("for _ in range(3):\n    out, state = self.layers[0](out, state)", 7),
    ],
)
def test_layers_that_begin_for_themselves_or_decode(walk, steps):
    assert slugs(program(walk, steps=steps)) == []


def test_it_is_told_where_the_layers_are_called():
    assert lines_told(program(HANDED)) == ["out, state = layer(out, state)"]


STEPPED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList({layers})
        self.table, self.out = nn.Embedding(11, 6), nn.Linear(6, 4)

    def forward(self, ids):
        state = {begin}
        for now in self.table(ids).unbind(1):
            for k, layer in enumerate(self.layers):
                {walk}
        return self.out(now.view(len(ids), 6))

model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randint(0, 11, (5, 4)), torch.randint(0, 4, (5,))) for _ in range(2)]
"""
CELLS = "nn.GRUCell(6, 6) for _ in range(3)"
LAYERS = "nn.LSTM(6, 6, batch_first=True) for _ in range(2)"


@pytest.mark.parametrize(
    ("layers", "begin", "walk"),
    [
        (CELLS, "torch.zeros(len(ids), 6)", "now = state = layer(now, state)"),
        (CELLS, "torch.zeros(len(ids), 6)", "state = layer(now, state); now = now + F.dropout(state, 0.1)"),
        (LAYERS, "None", "now, state = layer(now.view(-1, 1, 6), state)"),
        ("nn.LSTMCell(6, 6) for _ in range(2)", "None", "state = layer(now, state); now = state[0]"),
    ],
)
def test_one_state_goes_through_all_layers_of_each_step(layers, begin, walk):
    assert slugs(STEPPED.format(layers=layers, begin=begin, walk=walk)) == ["state_of_another_layer"]


@pytest.mark.parametrize(
    ("layers", "begin", "walk"),
    [
        (CELLS, "[torch.zeros(len(ids), 6)] * 3", "now = state[k] = layer(now, state[k])"),
        (LAYERS, "[None] * 2", "now, state[k] = layer(now.view(-1, 1, 6), state[k])"),
        # A deep transition: the input meets the first cell alone, or each of them.
        (CELLS, "torch.zeros(len(ids), 6)", "state = layer(now, state); now = 0 * self.table(ids[:, 0])"),
        (CELLS, "torch.zeros(len(ids), 6)", "state = layer(now, state)"),
        (CELLS, "torch.zeros(len(ids), 6)", "now = state = layer(state if k else now, state)"),
        # One layer, however often.
        ("[nn.GRUCell(6, 6)] * 2", "torch.zeros(len(ids), 6)", "now = state = layer(now, state)"),
    ],
)
def test_layers_with_states_of_their_own_or_one_on_purpose(layers, begin, walk):
    assert "state_of_another_layer" not in slugs(STEPPED.format(layers=layers, begin=begin, walk=walk))

"""Final states of two directions that are joined: those of one layer, or of two."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.{layer}(3, 8, num_layers={layers}, batch_first=True, bidirectional=True)
        self.linear = nn.Linear({width}, 5)
        self.decoder = nn.GRU(3, 8, num_layers=2, batch_first=True)

    def forward(self, x):
        out, h = self.rnn(x)
        return self.linear({read})


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(7, 6, 3), torch.randint(0, 5, (7,))) for _ in range(3)]
"""


def read(text, layers=2, layer="GRU", width=16):
    return PROGRAM.format(read=text, layers=layers, layer=layer, width=width)


@pytest.mark.parametrize(
    ("wrong", "right", "layers", "layer"),
    [
        ("torch.cat([h[0], h[-1]], 1)", "torch.cat([h[-2], h[-1]], 1)", 2, "GRU"),
        ("torch.cat((h[-2], h[1]), dim=-1)", "torch.cat((h[-2], h[-1]), dim=-1)", 3, "GRU"),
        ("torch.hstack([h[-1], h[0]])", "torch.hstack([h[-1], h[-2]])", 2, "GRU"),
        ("torch.cat([h[0][2], h[0][1]], 1)", "torch.cat([h[0][2], h[0][-1]], 1)", 2, "LSTM"),
    ],
)
def test_directions_of_two_layers(wrong, right, layers, layer):
    found = [edits for slug, edits in audited(read(wrong, layers, layer)) if slug == "state_of_lower_layer"]
    assert found == [[f"        return self.linear({right})\n"]]
    assert "state_of_lower_layer" not in slugs(read(right, layers, layer))


@pytest.mark.parametrize(
    ("text", "layers", "width"),
    [
        ("torch.cat([h[0], h[-1]], 1)", 1, 16),
        ("torch.cat([h[-1], h[-2]], 1)", 2, 16),
        # All states, and the states of both layers for a decoder of two.
        ("torch.cat([h[0], h[1], h[2], h[3]], 1)", 2, 32),
        ("self.decoder(x, torch.stack([h[0], h[2]]))[0][:, -1]", 2, 8),
        ("self.decoder(x, torch.cat([h[0:1], h[2:3]]))[0][:, -1]", 2, 8),
    ],
)
def test_states_that_are_read_otherwise(text, layers, width):
    assert "state_of_lower_layer" not in slugs(read(text, layers, width=width))

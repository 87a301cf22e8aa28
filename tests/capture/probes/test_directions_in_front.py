"""States of several layers and two directions that a view takes apart, with the directions in front."""

from __future__ import annotations

import pytest
from programs import audited, slugs

KIND = "state_of_lower_layer"
PROGRAM = """
from torch.nn.utils.rnn import pack_padded_sequence

class Model(nn.Module):
    def __init__(self, layers={layers}, width=7):
        super().__init__()
        self.layers, self.width, self.directions = layers, width, 2
        self.rnn = nn.GRU(3, width, layers, bidirectional=True)
        self.head = nn.Linear({head}, 4)

    def forward(self, x):
        _, h = self.rnn(pack_padded_sequence(x, torch.tensor([6, 3, 5, 2, 4]), enforce_sorted=False))
        {lines}
        return self.head(h)

model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(6, 5, 3), torch.randint(0, 4, (5,))) for _ in range(3)]
"""


def program(lines, *, layers=2, head=14):
    return PROGRAM.format(layers=layers, head=head, lines=lines.replace("; ", "\n        "))


@pytest.mark.parametrize(
    ("lines", "layers", "changed"),
    [
        (
            "h = h.view(self.directions, self.layers, -1, 7); h = torch.cat([h[0], h[1]], -1)[-1]",
            2,
            "h = h.view(self.layers, self.directions, -1, 7).transpose(0, 1)",
        ),
        (
            "both = h.view(2, 2, 5, 7); forward, back = both[0, -1], both[1, -1]; h = torch.cat([forward, back], 1)",
            2,
            None,
        ),
        (
            "h = h.reshape(2, self.layers, 5, self.width); h = torch.cat((h[0][-1], h[1][-1]), dim=1)",
            2,
            "h = h.reshape(self.layers, 2, 5, self.width).transpose(0, 1)",
        ),
        (
            "h = h.view(2, 3, 5, 7)[:, -1]; h = h.transpose(0, 1).flatten(1)",
            3,
            "h = h.view(3, 2, 5, 7).transpose(0, 1)[:, -1]",
        ),
        ("h = h.view(self.layers, 2, 5, 7)[:, -1]; h = h.permute(1, 0, 2).reshape(5, -1)", 2, None),
    ],
)
def test_the_directions_of_two_layers_are_told_where_they_are_taken_apart(lines, layers, changed):
    found = audited(program(lines, layers=layers))
    assert [slug for slug, _ in found] == [KIND]
    assert [edit.strip() for edit in found[0][1]] == ([changed] if changed is not None else [])


@pytest.mark.parametrize(
    "lines",
    [
        "h = h.view(self.layers, self.directions, -1, 7); h = torch.cat([h[:, 0], h[:, 1]], -1)[-1]",
        "h = h.view(2, 2, 5, 7)[-1]; h = torch.cat([h[0], h[1]], 1)",
        "h = h.view(2, 2, 5, 7).transpose(0, 1); h = torch.cat((h[0][-1], h[1][-1]), dim=1)",
        "h = torch.cat([h[0::2], h[1::2]], -1)[-1]",
    ],
)
def test_what_takes_them_apart_as_they_lie(lines):
    assert slugs(program(lines)) == []


def test_all_states_may_go_on():
    assert slugs(program("h = h.view(2, 2, 5, 7).permute(2, 0, 1, 3).flatten(1)", head=28)) == []

"""What puts steps side by side with the steps in front, where the labels have the samples there."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.cell, self.out = nn.LSTM(3, 8), nn.GRUCell(3, 8), nn.Linear(8, 5)

    def packed(self, x):
        out, _ = self.lstm(pack_padded_sequence(x, {lengths}, batch_first=True, enforce_sorted={is_sorted}))
        return self.out(pad_packed_sequence({given})[0])

    def by_steps(self, x):
        h, scores = torch.zeros(len(x), 8), []
        for t in range(x.size(1)):
            h = self.cell(x[:, t], h)
            scores.append(self.out(h))
        return {joined}

    def forward(self, x):
        return self.{read}(x)


model = Model()
batches = [(torch.randn(4, 7, 3), torch.randint(0, 5, (4, 7))) for _ in range(3)]


def criterion(scores, labels):
    return F.cross_entropy(scores.flatten(0, 1), labels.flatten())
"""
PACKED = {"read": "packed", "joined": "0", "lengths": "[7, 7, 6, 5]", "is_sorted": True, "given": "out"}
STEPS = PACKED | {"read": "by_steps"}


@pytest.mark.parametrize(
    ("setting", "edit"),
    [
        (PACKED, "return self.out(pad_packed_sequence(out, batch_first=True)[0])"),
        (
            PACKED | {"lengths": "[5, 7, 6, 7]", "is_sorted": False, "given": "out, total_length=7"},
            "return self.out(pad_packed_sequence(out, total_length=7, batch_first=True)[0])",
        ),
        (STEPS | {"joined": "torch.stack(scores)"}, "return torch.stack(scores, dim=1)"),
        (STEPS | {"joined": "torch.stack(scores, dim=0)"}, "return torch.stack(scores, dim=1)"),
    ],
)
def test_the_steps_lie_in_front(setting, edit):
    found = [edits for slug, edits in audited(PROGRAM.format(**setting)) if slug == "rows_in_another_order"]
    assert found == [[f"        {edit}\n"]]


@pytest.mark.parametrize(
    "setting",
    [
        PACKED | {"given": "out, batch_first=True"},
        STEPS | {"joined": "torch.stack(scores, dim=1)"},
        STEPS | {"joined": "torch.stack(scores).transpose(0, 1)"},
    ],
)
def test_the_samples_lie_in_front(setting):
    assert "rows_in_another_order" not in slugs(PROGRAM.format(**setting))

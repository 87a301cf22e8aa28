"""Statistics of all steps that go back to each of them, in models that are asked for their next step."""

from __future__ import annotations

import pytest
from programs import audited

PROGRAM = """
def scaled(z, axis=-1):
    return z / z.pow(2).sum(dim=axis, keepdim=True).sqrt()


class Scaled(nn.Module):
    def __init__(self, axis):
        super().__init__()
        self.axis = axis

    def forward(self, z):
        return z / z.norm(dim=self.axis, keepdim=True)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.walk, self.top = nn.Embedding(9, 6), nn.GRU(6, 6, batch_first=True), nn.Linear(6, 9)
        self.norm = Scaled(1)
        self.gain = nn.Parameter(torch.ones(6))

    def forward(self, x):
        z, _ = self.walk(self.table(x))
        {body}
        return self.top(z).transpose(1, 2)


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(t[:, :-1], t[:, 1:]) for t in torch.randint(0, 9, (2, 4, 8))]
"""

TOGETHER = [
    ("z = z / (torch.linalg.norm(z, dim=(1, 2)) * z[0].numel() ** -0.5)[:, None, None]", ""),
    ("z = self.gain * z / z.norm(dim=1).unsqueeze(1)", ""),
    ("z = self.gain * z * torch.rsqrt(z.square().mean((1, 2), keepdim=True))", "z.square().mean(-1, keepdim=True)"),
    ("z = F.normalize(z) * 2", "F.normalize(z, dim=-1) * 2"),
    ("z = z * z.softmax(1)", "z * z.softmax(-1)"),
    ("z = scaled(z, 1)", "z = scaled(z, -1)"),
    ("z = self.norm(z)", "self.norm = Scaled(-1)"),
    ("h = z.mT; z = (h / h.amax(2, keepdim=True)).mT", "h.amax(1, keepdim=True)"),
]

APART = [
    "z = z / (torch.linalg.norm(z, dim=2) * 6 ** -0.5)[:, :, None]",
    "z = F.normalize(z, dim=-1) * z.softmax(-1)",
    # What was summed up of the sequence does not go back to what it was taken of.
    "z = self.walk(self.table(x), z.norm(dim=1).unsqueeze(0))[0]",
    # A norm in what encodes all for a decoder is none of the leak.
    "h = z / z.norm(dim=1, keepdim=True); z = self.walk(self.table(x), h.sum(1)[None].contiguous())[0]",
]


@pytest.mark.parametrize(("body", "edit"), TOGETHER)
def test_steps_that_are_normalised_together_know_the_later_ones(body, edit):
    ((slug, edits),) = audited(PROGRAM.format(body=body))
    assert slug == "normalised_over_time"
    assert edit in edits[0] if edit else not edits


@pytest.mark.parametrize("body", APART)
def test_what_does_not_carry_later_steps_into_earlier_ones_is_let_be(body):
    assert "normalised_over_time" not in [slug for slug, _ in audited(PROGRAM.format(body=body))]

"""Vectors whose length was made to say something: along that axis it is read."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(5, 24)

    def forward(self, x):
        s = self.linear(x).view(-1, 4, 6)
        n = s.pow(2).sum(-1, keepdim=True)
        return {out}


model, criterion = Model(), lambda out, y: F.cross_entropy(out[:, :4], y)
batches = [(torch.randn(8, 5), torch.randint(0, 4, (8,))) for _ in range(2)]
"""


@pytest.mark.parametrize("scaled", ["(n / (1 + n) * s / (n + 1e-8).sqrt())", "(s / n.sqrt() * 2)"])
def test_they_are_measured_along_the_axis_of_their_length(scaled):
    wrong, right = (PROGRAM.format(out=f"{scaled}.norm(dim={axis})") for axis in ("1", "-1"))
    expected = ["scaled_along_other_axis"] if "1 + n" in scaled else []
    found = audited(wrong)
    assert [slug for slug, _ in found] == expected
    assert all(line.strip() == f"return {scaled}.norm(dim=-1)" for _, (line, *_) in found)
    assert slugs(right) == []


def test_what_has_no_length_of_its_own_is_measured_along_any_axis():
    assert slugs(PROGRAM.format(out="(s / 2).norm(dim=1)")) == []
    assert slugs(PROGRAM.format(out="(s / (n.sqrt() + 1e-6)).norm(dim=1)")) == []

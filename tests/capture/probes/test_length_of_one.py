"""Lengths along an axis that was added by hand, where each number is measured by itself."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self, d={d}):
        super().__init__()
        self.linear, self.weight = nn.Linear(3, d), nn.Parameter(torch.randn(5, 6, d))

    def forward(self, x):
        {body}
        return h.flatten(1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(8, 3), torch.randn(8, {size})) for _ in range(2)]
"""
VOTES = "self.weight @ self.linear(x)[:, None, :, None]"
SQUASHED = f"v = {VOTES}; n = (v * v).sum({{axis}}, keepdim=True); h = v * n / (1 + n)"
SCALED = "h = F.normalize(self.linear(x).unsqueeze(1), dim={axis})"
KEPT = f"v = ({VOTES}).sum(1, keepdim=True); h = v / v.norm(dim={{axis}}, keepdim=True)"


@pytest.mark.parametrize(
    ("body", "wrong", "right", "size"), [(SQUASHED, -1, -2, 30), (SCALED, 1, 2, 4), (KEPT, 1, 2, 6)]
)
def test_what_is_measured_are_single_numbers(body, wrong, right, size):
    program = PROGRAM.format(d=4, size=size, body=body)
    assert slugs(program.replace("{axis}", str(wrong))) == ["length_of_one"]
    assert "length_of_one" not in slugs(program.replace("{axis}", str(right)))


def test_the_nearest_axis_of_several_is_named():
    ((_, lines),) = audited(PROGRAM.format(d=4, size=30, body=SQUASHED.format(axis=-1)))
    assert "sum(-2, keepdim=True)" in lines[0]


@pytest.mark.parametrize(
    ("body", "size"),
    [
        # Sizes without a sign are asked for.
        ("h = self.linear(x)[:, None, :, None].norm(dim=-1)", 4),
        # As many features as somebody asked for: one.
        ("v = self.linear(x[:, None].expand(-1, 6, -1)); h = v / (v.norm(dim=-1, keepdim=True) + 1)", 6),
    ],
)
def test_what_is_none(body, size):
    assert slugs(PROGRAM.format(d=4 if size == 4 else 1, size=size, body=body)) == []


COSINE = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.steps, self.query = nn.Linear(4, 6), nn.Linear(3, 6)

    def forward(self, pair):
        return F.cosine_similarity(self.steps(pair[0]), self.query(pair[1]).unsqueeze(1), dim={axis})


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [((torch.randn(8, 6, 4), torch.randn(8, 3)), torch.randint(0, 6, (8,))) for _ in range(2)]
"""


def test_a_cosine_with_one_number():
    assert slugs(COSINE.format(axis=1)) == ["length_of_one"]
    assert slugs(COSINE.format(axis=2)) == []

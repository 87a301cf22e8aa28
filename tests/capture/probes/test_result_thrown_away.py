"""Operations on a line of their own: those that change nothing, those in place, and those that nobody needs."""

from __future__ import annotations

import pytest
from programs import audited, slugs

KIND = "result_thrown_away"
PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.norm = nn.Linear(3, 5), nn.LayerNorm(5)
        self.kept = torch.zeros(5)

    def forward(self, x):
        out, hidden = self.linear(x), x[:, :1] > 0
        {line}
        return self.norm(out)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(4, 3), torch.randn(4, 5)) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("line", "edit"),
    [
        ("out.masked_fill(hidden, -1e4)", "out = out.masked_fill(hidden, -1e4)"),
        ("out.clamp(min=0.3)", "out = out.clamp(min=0.3)"),
        ("out.relu()", "out = out.relu()"),
        ("out.scatter(1, torch.zeros(4, 1).long(), 2.0)", "out = out.scatter(1, torch.zeros(4, 1).long(), 2.0)"),
        ("out.mul(\n            hidden)", None),
    ],
)
def test_a_result_that_nobody_takes(line, edit):
    ((slug, edits),) = audited(PROGRAM.format(line=line))
    assert slug == KIND
    assert edit is None or edits == [f"        {edit}\n"]


@pytest.mark.parametrize(
    "line",
    [
        "out.masked_fill_(hidden, -1e4)",
        "out = out.clamp(min=0.3)",
        # Nothing lies outside, nothing is left to be changed, and nothing but a number is looked at.
        "out.clamp(-1e6, 1e6)",
        "out.to(torch.float32)",
        "out.contiguous()",
        "out.detach()",
        "out.abs().max()",
        "self.kept.add(1.0)",
        # What it would have changed is read by nobody any more.
        "before = out; out = before * 2; before.masked_fill(hidden, 0.0)",
        "kept = out.relu()",
        "torch.relu(out)",
        "self.linear(x)",
    ],
)
def test_lines_that_lose_nothing(line):
    assert KIND not in slugs(PROGRAM.format(line=line))

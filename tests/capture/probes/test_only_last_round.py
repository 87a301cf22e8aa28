"""Loops over layers that hand nothing on from round to round, beside those that do, or that keep what each has made."""

from __future__ import annotations

import pytest
from programs import audited, slugs

BODY = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Linear(5, 5) for _ in range(3))
        self.norms = nn.ModuleList(nn.LayerNorm(5) for _ in range(3))
        self.head = nn.Linear(5, 1)

    def forward(self, x):
        {forward}


model, criterion = Model(), F.mse_loss
batches = [(torch.randn(6, 5), torch.randn(6, 1)) for _ in range(4)]
"""


def body(*lines: str) -> str:
    return BODY.format(forward="\n        ".join(lines))


IN_VAIN = ("for block in self.blocks:", "    out = block(x).relu()", "return self.head(out)")


def test_the_result_is_given_the_name_that_the_next_round_reads():
    ((slug, lines),) = audited(body(*IN_VAIN))
    assert slug == "only_last_round"
    assert lines == ["            x = block(x).relu()\n", "        return self.head(x)\n"]


def test_a_round_may_hold_a_branch_for_what_it_has_made():
    lines = ("out = x", "for i, block in enumerate(self.blocks):", "    out = block(x)", "    if i < 2:", "        {}",
             "return self.head(out + x)")  # fmt: skip
    for inside in ("out = out.relu()", "out += 1"):
        ((slug, edits),) = audited(body(*lines).replace("{}", inside))
        assert slug == "only_last_round"
        assert edits == ["            out = block(out)\n"]


@pytest.mark.parametrize(
    "lines",
    [
        ("for block, norm in zip(self.blocks, self.norms):", "    y = block(x)", "    y = x + norm(y).relu()",
         "return self.head(y)"),
        ("for i in range(3):", "    out = self.blocks[i](x)", "return self.head(out + x)"),
        ("h = x.tanh()", "for i, block in enumerate(self.blocks):", "    out = h + block(h)", "return self.head(out)"),
    ],
)  # fmt: skip
def test_nothing_is_handed_on(lines):
    assert slugs(body(*lines)) == ["only_last_round"]


@pytest.mark.parametrize(
    "lines",
    [
        ("for block in self.blocks:", "    x = block(x).relu()", "return self.head(x)"),
        ("out = x", "for block in self.blocks:", "    out = block(out)", "return self.head(out)"),
        ("total = 0", "for block in self.blocks:", "    out = block(x)", "    total = total + out",
         "return self.head(total)"),
        ("kept = []", "for block in self.blocks:", "    out = block(x)", "    kept.append(out)",
         "return self.head(sum(kept))"),
        # As deep as is asked for: some layers have their turn later, or never.
        ("for i, block in enumerate(self.blocks):", "    if i == 2:", "        out = block(x)",
         "return self.head(out)"),
        ("out = x", "for i, block in enumerate(self.blocks):", "    if i:", "        x = out.relu()",
         "    out = block(x)", "return self.head(out)"),
    ],
)  # fmt: skip
def test_rounds_that_count_are_left_alone(lines):
    assert slugs(body(*lines)) == []

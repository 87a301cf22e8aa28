"""A learned token that is to stand in front of a sequence: left out, joined, or not asked for."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Front(nn.Module):
    def __init__(self):
        super().__init__()
        self.vector = nn.Parameter(torch.randn(8))

    def forward(self, x):
        return torch.cat([self.vector.repeat(len(x), 1, 1), x], 1)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.attn, self.out = nn.Linear(3, 8), nn.MultiheadAttention(8, 2, batch_first=True), nn.Linear(8, 2)
        {made}

    def forward(self, x):
        h = {front}
        h = h + self.attn(h, h, h)[0]
        return self.out({read})


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 6, 3), torch.randint(0, 2, (5,))) for _ in range(4)]
"""
MODULE, VECTOR = "self.front = Front()", "self.token = nn.Parameter(torch.zeros(1, 1, 8))"


@pytest.mark.parametrize(
    ("made", "front", "read", "found"),
    [
        (MODULE, "self.up(x)", "h[:, 0]", True),
        (MODULE, "self.front(self.up(x))", "h[:, 0]", False),
        (VECTOR, "self.up(x)", "h.select(1, 0)", True),
        (VECTOR, "torch.cat([self.token.expand(5, 1, 8), self.up(x)], 1)", "h[:, 0]", False),
        (VECTOR, "self.up(x)", "h.mean(1)", False),
        (VECTOR, "self.up(x)", "h[:, 0] + h.mean(1)", False),
        # The rows begin with a step of their own, that says nothing.
        (VECTOR, "F.pad(self.up(x), (0, 0, 1, 0))", "h[:, 0]", False),
        (VECTOR, "self.up(torch.cat([torch.ones(5, 1, 3), x], 1))", "h[:, 0]", False),
        # It is joined in other cases, or its module is called in others.
        (VECTOR, "torch.cat([self.up(x), self.token], 1) if x.isnan().any() else self.up(x)", "h[:, 0]", False),
        (MODULE, "self.front(self.up(x)) if x.isnan().any() else self.up(x)", "h[:, 0]", False),
        # As wide as something else, or no vector for steps.
        (VECTOR.replace("8", "4"), "self.up(x)", "h[:, 0]", False),
        (VECTOR.replace("1, 1, 8", "8"), "self.up(x)", "h[:, 0]", False),
    ],
)
def test_a_token_that_nobody_reads(made, front, read, found):
    assert ("token_left_out" in slugs(PROGRAM.format(made=made, front=front, read=read))) is found


def test_rows_that_all_begin_with_the_same_step():
    program = PROGRAM.format(made=VECTOR, front="self.up(x)", read="h[:, 0]")
    marked = "torch.cat([torch.ones(5, 1, 3), torch.randn(5, 5, 3)], 1)"
    assert slugs(program.replace("torch.randn(5, 6, 3)", marked)) == []

"""Masks of attention weights, behind their softmax and in front of it, in several ways of writing them."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
visible = torch.rand(5, 7) > 0.4
visible[:, :2] = True
hidden = ~visible[:, None]
seen = visible[:, None].float()


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.score, self.linear = nn.Linear(4, 4), nn.Linear(4, 1), nn.Linear(4, 3)
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, x):
        scores = self.query(x) @ x.transpose(1, 2)
        {body}


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 7, 4), torch.randint(0, 3, (5,))) for _ in range(2)]
"""
READ = "return self.linear(weights @ x)[:, 0]"
WEIGHTS = "weights = scores.softmax(-1)"


def program(*lines):
    return PROGRAM.format(body="\n        ".join(lines))


def found(*lines):
    return slugs(program(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        (WEIGHTS, "weights = weights.masked_fill(hidden, 0.0)", READ),
        ("weights = F.softmax(scores / 2, dim=-1) * seen", READ),
        ("weights = self.softmax(scores)", "weights = F.dropout(weights, 0.0) * visible[:, None]", READ),
        (WEIGHTS, "weights = torch.where(hidden, 0, weights)", READ),
        (WEIGHTS, "weights = weights.masked_fill(hidden, 0)", "h = torch.einsum('bqk,bkd->bqd', weights, x)",
         "return self.linear(h).mean(1)"),
        ("weights = self.score(x).softmax(1) * visible[..., None]", "return self.linear((weights * x).sum(1))"),
        # What may not be seen later is hidden behind the softmax as well.
        ("weights = scores.softmax(-1) * torch.ones(7, 7).tril()", "return self.linear(weights @ x).mean(1)"),
    ],
)  # fmt: skip
def test_a_mask_behind_the_softmax(lines):
    assert "masked_after_softmax" in found(*lines)


@pytest.mark.parametrize(
    ("lines", "edit"),
    [
        ((WEIGHTS, "weights = weights.masked_fill(hidden, 0.0)"), "scores.masked_fill(hidden, -1e9).softmax(-1)"),
        (
            ("weights = F.softmax(scores / 2, dim=-1)", "weights = weights * seen"),
            "F.softmax((scores / 2).masked_fill((seen) == 0, -1e9), dim=-1)",
        ),
    ],
)
def test_the_mask_goes_in_front(lines, edit):
    ((slug, edits),) = audited(program(*lines, READ))
    assert slug == "masked_after_softmax"
    assert [text.strip() for text in edits] == [f"weights = {edit}"]
    assert found(edits[0].strip(), lines[1], READ) == []


@pytest.mark.parametrize(
    "lines",
    [
        ("weights = scores.masked_fill(hidden, -torch.inf).softmax(-1)", READ),
        # Rows of which all is hidden are cleared afterwards.
        ("weights = scores.masked_fill(hidden, -1e9).softmax(-1).masked_fill(hidden, 0)", READ),
        (WEIGHTS, "weights = weights * seen", "weights = weights / weights.sum(-1, keepdim=True)", READ),
        (WEIGHTS, "weights = weights * seen", "h = (weights @ x) / (scores.softmax(-1) * seen).sum(-1, keepdim=True)",
         "return self.linear(h)[:, 0]"),
        # Queries are hidden, and no keys.
        ("weights = scores.softmax(-1) * visible[..., None]", "return self.linear(weights @ x).mean(1)"),
        # Some weights are left out by chance.
        ("weights = scores.softmax(-1) * (torch.rand(5, 7, 7) > 0.3)", READ),
        ("weights = F.dropout(scores.softmax(-1), 0.3)", READ),
        # The best of all are heard, each as far as it weighs.
        (WEIGHTS, "weights = weights * (weights >= weights.topk(3, -1).values[..., -1:])", READ),
        # One of the choices was made.
        ("weights = scores.softmax(-1) * F.one_hot(torch.arange(7), 7)", "return self.linear(weights @ x).mean(1)"),
        # Only the direction is read.
        (WEIGHTS, "weights = weights * seen", "return self.linear(F.normalize(weights @ x, dim=-1))[:, 0]"),
        ("weights = scores.sigmoid() * seen", READ),
        # Items are shared out among slots, and those that are no items take no part.
        ("weights = scores.softmax(1) * seen", "return self.linear(weights @ x / 7).mean(1)"),
    ],
)  # fmt: skip
def test_a_mask_that_takes_no_share(lines):
    assert "masked_after_softmax" not in found(*lines)

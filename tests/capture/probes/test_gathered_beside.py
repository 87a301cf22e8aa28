"""Scores that are picked by actions or labels: along the choices, or along the samples."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
model = nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    x, a = torch.randn({shape}, 6), torch.randint(0, {choices}, ({shape},))
    scores = model(x)
    picked = {picked}
    loss = F.mse_loss(picked, torch.randn(picked.shape))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PLAIN = {"shape": "9", "choices": "4"}


@pytest.mark.parametrize(
    ("picked", "changes", "found"),
    [
        ("scores.gather(0, a.unsqueeze(1)).squeeze(1)", {}, True),
        ("torch.gather(scores, 0, a[:, None])[:, 0]", {}, True),
        ("scores.gather(1, a[..., None])[..., 0]", {"shape": "5, 7"}, True),
        ("scores.gather(1, a.unsqueeze(1)).squeeze(1)", {}, False),
        ("scores.gather(-1, a[..., None])[..., 0]", {"shape": "5, 7"}, False),
        # Whole rows in another order, and one column of rows that are numbered.
        ("scores.gather(0, torch.randperm(9)[:, None].expand(-1, 4))", {}, False),
        ("scores.gather(0, torch.arange(9).flip(0)[:, None])[:, 0]", {}, False),
        # As many choices as samples.
        ("scores.gather(0, a.unsqueeze(1)).squeeze(1)", {"shape": "4"}, False),
        ("scores.gather(0, a.unsqueeze(1) * 0).squeeze(1)", {}, False),
    ],
)
def test_scores_are_picked_along_the_choices(picked, changes, found):
    told = slugs(PROGRAM.format(picked=picked, **PLAIN | changes), "")
    assert ("item_of_wrong_axis" in told) is found


def test_the_axis_of_the_choices_is_the_fix():
    program = PROGRAM.format(picked="scores.gather(0, a[:, None])[:, 0]", **PLAIN)
    (fixed,) = [edits for slug, edits in audited(program, "") if slug == "item_of_wrong_axis"]
    assert fixed == ["    picked = scores.gather(1, a[:, None])[:, 0]\n"]

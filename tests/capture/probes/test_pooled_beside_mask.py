"""Pools over steps with a mask of padding, spread over the features or over the steps, of as many features as steps."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self, width={width}):
        super().__init__()
        self.up, self.down, self.each = nn.Linear(3, width), nn.Linear(width, 4), nn.Linear(9, 9)

    def forward(self, x, mask):
        h = torch.tanh(self.up(x))
        {pooled}
        return self.down(h)


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    lengths = torch.randint(3, 10, (6,))
    lengths[0] = 9
    mask = {mask}
    loss = F.cross_entropy(model(torch.randn(6, 9, 3), mask), torch.randint(0, 4, (6,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
BY_LENGTH = "torch.arange(9) < lengths[:, None]"
LARGEST = "h = h.masked_fill(~mask.unsqueeze({at}), -2.0).max(dim={dim}).values"
SMALLEST = "h = h.masked_fill(mask.logical_not()[:, {at}], 1e9).amin({dim})"
MEAN = "m = mask.unsqueeze({at}).float(); h = (h * m).sum({dim}) / m.sum({over}).clamp(min=1)"


def found(pooled, width=9, mask=BY_LENGTH):
    return slugs(PROGRAM.format(width=width, pooled=pooled, mask=mask), "")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (LARGEST.format(at=1, dim=1), LARGEST.format(at=2, dim=1)),
        (SMALLEST.format(at="None", dim=-2), SMALLEST.format(at=":, None", dim=-2)),
        (MEAN.format(at=1, dim=1, over=2), MEAN.format(at=2, dim=1, over=1)),
    ],
)
def test_a_mask_that_hides_features_of_a_pool_over_steps(wrong, right):
    assert found(wrong) == ["mask_along_wrong_axis"]
    assert found(right) == []


def test_the_mask_is_turned_where_it_is_given():
    ((_, edits),) = audited(PROGRAM.format(width=9, pooled=LARGEST.format(at=1, dim=1), mask=BY_LENGTH), "")
    turned = "h = h.masked_fill((~mask.unsqueeze(1)).transpose(1, 2), -2.0).max(dim=1).values"
    assert [edit.strip() for edit in edits] == [turned]
    assert found(turned) == []


@pytest.mark.parametrize(
    ("pooled", "mask"),
    [
        # Features that are left out of each row anyhow: to zero, as a dropout does, or wherever they lie.
        ("h = h.masked_fill(~mask.unsqueeze(1), 0.0).max(dim=1).values", BY_LENGTH),
        ("h = (h * mask.unsqueeze(1)).sum(1)", BY_LENGTH),
        (LARGEST.format(at=1, dim=1), "torch.rand(6, 9) < 0.7"),
        # What is pooled are the features.
        (LARGEST.format(at=1, dim=2), BY_LENGTH),
    ],
)
def test_features_that_are_left_out_on_purpose(pooled, mask):
    assert "mask_along_wrong_axis" not in found(pooled, mask=mask)


@pytest.mark.parametrize(
    "pooled",
    [
        # The strongest feature of each step: padded steps are left out behind it, by their low score.
        "s = h.masked_fill(~mask.unsqueeze(2), -1e9).amax(2); h = (s.softmax(1)[..., None] * h).sum(1)",
        "s = h.masked_fill(~mask.unsqueeze(2), -1e9).amax(2); h = h * s.amax(1)[:, None, None]; h = h.sum(1)",
        # A Linear that has a weight for each step reads the strongest feature of each.
        "s = h.masked_fill(~mask.unsqueeze(2), -2.0).amax(2); h = self.each(s).sigmoid()[..., None] * h; h = h.sum(1)",
        # What each step adds to the mean over the steps.
        "m = mask[..., None].float(); s = (h * m).sum(2) / m.sum(1); h = (h * m).sum(1) * s.sum(1)[:, None]",
    ],
)
def test_one_number_of_each_step_is_no_pool_over_the_steps(pooled):
    assert "mask_along_wrong_axis" not in found(pooled)

"""Places that were found among scores, and are taken along an axis that has other things on it."""

import pytest
from mended import mended, printed

PROGRAM = """
    drawn = torch.randn({shape})
    costs = (drawn[..., :{cut}].sum(-1)).pow(2).sum({over})
    {before}
    best = drawn[{index}]
    print(best.shape, round(best.sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("shape", "over", "before", "wrong", "right"),
    [
        ("30, 4, 2", "1", "", ":, costs.topk(3).indices", "costs.topk(3).indices"),
        ("4, 30, 2", "0", "", "costs.argsort()[-3:]", ":, costs.argsort()[-3:]"),
        ("30, 4, 2", "1", "few, at = torch.topk(costs, 3)", ":, at", "at"),
        ("30, 4, 2", "1", "", ":, costs.argmax()", "costs.argmax()"),
    ],
)
def test_they_are_taken_along_the_axis_that_was_scored(shape, over, before, wrong, right):
    given = {"shape": shape, "cut": 2, "over": over, "before": before}
    found = mended(PROGRAM.format(index=wrong, **given))
    assert found.output == printed(PROGRAM.format(index=right, **given))
    assert not found.doubts


@pytest.mark.parametrize(
    ("shape", "before", "index"),
    [
        # As many steps as samples: neither is said.
        ("7, 3, 7", "costs = costs.new_zeros(7)", ":, costs.topk(5).indices"),
        # No axis has as many places as there are scores.
        ("30, 4, 2", "costs = torch.cat([costs, costs])", ":, costs.topk(9).indices"),
        # What was scored has two axes.
        ("30, 4, 2", "costs = costs.view(6, 5)", ":, costs.topk(5, dim=0).indices[:, 0]"),
    ],
)
def test_what_may_be_meant_otherwise_is_not_told_for_sure(shape, before, index):
    found = mended(PROGRAM.format(shape=shape, cut=2, over=1, before=before, index=index), most=1)
    best = found.diagnoses[0].fixes[:1]
    assert not any(fix.edits[0].replacement.strip().startswith("best =") and not fix.doubt for fix in best)

"""Targets of one number throughout, for a map of scores: as many as there are scores."""

import pytest
from mended import mended, printed

PROGRAM = """
    judge = nn.Sequential(nn.Conv2d(3, 4, 4, 2, 1), nn.ReLU(), nn.Conv2d(4, 1, 3{padding}))
    real = torch.rand(5, 3, 24, 28)
    valid = {made}
    scores = judge(real)
    print(round(nn.BCEWithLogitsLoss()(scores, {target}).item(), 4))
"""


@pytest.mark.parametrize(
    ("made", "name"),
    [("torch.ones(5, 1)", "ones"), ("torch.zeros(real.size(0), 1)", "zeros"), ("torch.ones(len(real))", "ones")],
)
def test_there_are_as_many_as_scores(made, name):
    found = mended(PROGRAM.format(padding=", 1, 1", made=made, target="valid"), most=1)
    right = PROGRAM.format(padding=", 1, 1", made=made, target=f"torch.{name}_like(scores)")
    assert found.output == printed(right)
    assert not found.doubts


def test_a_map_may_be_left_by_mistake():
    found = mended(PROGRAM.format(padding="", made="torch.ones(5, 1)", target="valid"), most=1)
    assert found.changed == ["print(round(nn.BCEWithLogitsLoss()(scores, torch.ones_like(scores)).item(), 4))"]
    assert found.doubts == ["one score for each sample may be meant, and the mean over the places be missing"]


@pytest.mark.parametrize("made", ["torch.rand(5, 1)", "torch.ones(5, 7)", "torch.ones(4, 1)"])
def test_other_targets_stay(made):
    found = mended(PROGRAM.format(padding=", 1, 1", made=made, target="valid"), most=1)
    assert not any("_like(" in fix.title for each in found.diagnoses for fix in each.fixes)

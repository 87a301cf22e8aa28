"""Places that are found along one axis: along that they pick, and not along another one."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
def criterion(scores, grades):
    print({measure})
    return F.mse_loss(scores, grades)


names = torch.arange(40).float()
other = torch.randn(40, 3)
model = nn.Linear(3, 7)
batches = [(torch.randn({rows}, 3), torch.rand({rows}, 7)) for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("measure", "rows"),
    [
        ("(grades.gather(1, scores.argsort(dim={})) / grades.sum(1, keepdim=True)).mean()", 5),
        ("(grades.gather(1, scores.sort(dim={})[1]) / grades.sum(1, keepdim=True)).mean()", 5),
        ("(grades.gather({}, scores.argsort(dim=1)) / grades.sum(1, keepdim=True)).mean()", 9),
        ("names[torch.cdist(scores[:, :3], other).topk(2, {}, largest=False).indices].mean()", 5),
        ("names[torch.cdist(scores[:, :3], other).argmin(dim={})].mean()", 5),
    ],
)
def test_they_pick_along_the_axis_that_they_were_found_along(measure, rows):
    wrong, right = (PROGRAM.format(measure=measure.format(axis), rows=rows) for axis in (0, 1))
    ((slug, lines),) = audited(wrong)
    assert slug == "place_found_along_another_axis"
    assert lines[0].strip() == f"print({measure.format(1)})"
    assert slugs(right) == []


@pytest.mark.parametrize(
    "measure",
    [
        # Rows that are as many as the axis that was searched.
        "torch.randn(7)[scores.argmax(1)].mean()",
        "scores[torch.arange(5), scores.argmax(1)].mean()",
        # The best row of each column.
        "scores.gather(0, scores.argsort(dim=0)).mean()",
    ],
)
def test_what_goes_together_is_left(measure):
    assert slugs(PROGRAM.format(measure=measure, rows=5)) == []

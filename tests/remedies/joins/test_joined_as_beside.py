"""Parts of several lengths that are stacked beside others that are joined end to end."""

import pytest
from mended import mended, printed

PROGRAM = """
    scenes = [(torch.randn(n, 4), torch.arange(n)) for n in (2, 5, 3)]
    boxes = {boxes}([each[0] for each in {scenes}])
    labels = {labels}([each[1] for each in scenes])
    costs = torch.cdist(torch.ones(6, 4), boxes) - torch.rand(6, 7)[:, labels]
    print(costs.shape, round(costs.sum().item(), 4))
"""


def test_it_is_joined_as_what_stands_beside_it():
    given = {"boxes": "torch.cat", "scenes": "scenes"}
    found = mended(PROGRAM.format(labels="torch.stack", **given))
    assert found.output == printed(PROGRAM.format(labels="torch.cat", **given))
    assert not found.doubts


@pytest.mark.parametrize(
    ("boxes", "scenes"),
    [
        # Beside it stands nothing that is joined.
        ("(lambda each: torch.ones(10, 4))", "scenes"),
        # What is joined beside it are parts of other things.
        ("torch.cat", "scenes[:2]"),
    ],
)
def test_where_nothing_of_the_same_items_is_joined_beside_it_it_is_left(boxes, scenes):
    found = mended(PROGRAM.format(boxes=boxes, scenes=scenes, labels="torch.stack"), most=1)
    assert not any(fix.title.startswith("torch.cat(") for fix in found.diagnoses[0].fixes)

"""Labels that are made one-hot with fewer classes than they name."""

import pytest
from mended import mended, printed

PROGRAM = """
    values = {made}
    labels = torch.as_tensor(values)
    print(F.one_hot(labels, {count}).flatten(0, -2).sum(0).tolist())
"""
FROM_ONE = "[1, 2, 3, 1, 2, 3, 1, 1, 2, 3]"


@pytest.mark.parametrize(
    ("made", "count", "right"),
    [
        ("(torch.rand(2, 5, 4) > 0.5).long() * 255", 2, "values // 255"),
        ("torch.where(torch.rand(2, 5, 4) > 0.5, 255, 0)", 2, "values // 255"),
        ("[[[0, 127, 254, 127]]]", 3, "torch.tensor(values) // 127"),
        (FROM_ONE, 3, "torch.tensor(values) - 1"),
    ],
)
def test_they_are_numbered_from_nothing_on(made, count, right):
    program = PROGRAM.format(made=made, count=count)
    found = mended(program, most=1)
    assert found.diagnoses[0].slug == "more_classes_than_told"
    assert found.output == printed(program.replace("torch.as_tensor(values)", right))
    assert not found.doubts


@pytest.mark.parametrize(
    ("made", "count"), [("[0, 1, 3, 2]", 3), ("[1, 2, 3]", 3), ("torch.tensor([[[0, 255]]]).clamp(max=255)", 2)]
)
def test_it_is_in_doubt_where_a_class_may_be_missing(made, count):
    program = PROGRAM.format(made=made, count=count)
    more = "\n    labels[labels == 255] = 0\n" if "255" in made else ""
    assert mended(program + more, most=1).doubts

"""Labels outside of the classes that a model has."""

import pytest
from mended import mended, printed

PROGRAM = """
    def samples(count, kinds=6):
        labels = {labels}
        return torch.randn(count, 5), labels


    x, y = samples(30)
    scores = nn.Linear(5, {outputs})(x)
    print(round(F.cross_entropy(scores, y).item(), 4))
"""


@pytest.mark.parametrize("labels", ["torch.arange(count) % kinds", "torch.randint(kinds, (count,))"])
def test_labels_that_were_made_below_a_number_are_as_many_classes(labels):
    found = mended(PROGRAM.format(labels=labels, outputs=2), most=1)
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(labels=labels, outputs=6))


@pytest.mark.parametrize("labels", ["torch.tensor([7, 3, 11, 3, 7, 11] * 5)", "torch.arange(count) % 2 * 9"])
def test_other_labels_far_beyond_the_classes_may_be_codes(labels):
    assert mended(PROGRAM.format(labels=labels, outputs=2), most=1).doubts


@pytest.mark.parametrize("other", ["y % 2", "(y > 2).long()"])
def test_where_others_lie_beside_them_of_the_classes_that_there_are_these_may_be_meant(other):
    program = PROGRAM.format(labels="torch.arange(count) % kinds", outputs=2)
    assert mended(program.replace("    scores =", f"    pairs = {other}\n    scores ="), most=1).doubts

"""Counts of classes of which the last ones did not occur."""

import pytest
from mended import mended, printed

TABLE = """
    import numpy as np

    def table(true, guess, n):
        return {counted}.reshape(n, n)

    true, guess = {true}, {guess}
    print(table(true, guess, 4).sum())
"""
ARRAYS = {"true": "np.array([0, 2, 1, 0, 2])", "guess": "np.array([1, 2, 0, 0, 1])"}
TENSORS = {"true": "torch.tensor([0, 2, 1, 0, 2])", "guess": "torch.tensor([1, 2, 0, 0, 1])"}


@pytest.mark.parametrize(("name", "given"), [("np", ARRAYS), ("torch", TENSORS)])
def test_a_table_of_all_pairs_has_a_place_for_each(name, given):
    found = mended(TABLE.format(counted=f"{name}.bincount(n * true + guess)", **given))
    assert found.output == printed(TABLE.format(counted=f"{name}.bincount(n * true + guess, minlength=n * n)", **given))
    assert not found.doubts


SUMS = """
    seen = torch.zeros(5)
    for labels in (torch.tensor([4, 0, 1]), torch.tensor([2, 0, 2, 1])):
        seen = seen + {counted}
    print(seen)
"""


@pytest.mark.parametrize("more", ["", ".float()"])
def test_counts_of_a_batch_are_as_many_as_those_they_are_added_to(more):
    found = mended(SUMS.format(counted=f"torch.bincount(labels){more}"))
    assert found.output == printed(SUMS.format(counted=f"torch.bincount(labels, minlength=5){more}"))
    assert not found.doubts


def test_labels_beyond_the_classes_are_not_to_be_counted_further():
    found = mended("print(torch.zeros(3) + torch.bincount(torch.tensor([5, 0, 1])))", most=1)
    assert not any("minlength" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_longer_sum_is_what_the_counts_are_to_fill():
    program = """
    class Counter:
        def __init__(self):
            self.seen = torch.zeros(5)

        def add(self, labels):
            counts = torch.bincount(labels{more})
            self.seen += counts
            return self.seen

    print(Counter().add(torch.tensor([2, 0, 2])))
    """
    found = mended(program.format(more=""))
    assert found.output == printed(program.format(more=", minlength=5"))
    assert not found.doubts

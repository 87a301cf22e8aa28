"""Labels with fractions: of two samples mixed with each other, and of a number that was to be foretold."""

import pytest
from mended import mended, printed

MIXED = """
    def mixed(x, y, share=0.75):
        order = torch.randperm(x.size(0))
        return share * x + (1 - share) * x[order], {mix}

    net, x, y = nn.Linear(8, 5), torch.randn(6, 8), torch.tensor([0, 4, 2, 1, 3, 3])
    {mixing}
    print(F.cross_entropy(net(x), both).item())
"""
MIX = "share * y + (1 - share) * y[order]"
COLUMNS = "torch.nn.functional.one_hot(y, 5).float()"


def test_labels_are_columns_before_a_function_mixes_them():
    found = mended(MIXED.format(mix=MIX, mixing="x, both = mixed(x, y)"), most=1)
    assert found.diagnoses[0].slug == "labels_of_wrong_dtype"
    assert found.output == printed(MIXED.format(mix=MIX, mixing=f"x, both = mixed(x, {COLUMNS})"))
    assert not found.doubts


def test_labels_are_columns_in_the_sum_itself():
    found = mended(MIXED.format(mix="y", mixing="both = 0.75 * y + 0.25 * y.flip(0)"), most=1)
    assert found.output == printed(MIXED.format(mix="y", mixing=f"both = 0.75 * {COLUMNS} + 0.25 * {COLUMNS}.flip(0)"))
    assert not found.doubts


@pytest.mark.parametrize("labels", ["torch.rand(6) * 4", "y / 2", "torch.tensor([0.5, 1, 2, 0, 3, 1])"])
def test_fractions_are_not_cut_off_for_sure(labels):
    found = mended(MIXED.format(mix="y", mixing=f"both = {labels}"), most=1)
    told = [fix.doubt for fix in found.diagnoses[0].fixes if "long()" in fix.title]
    assert told
    assert all(told)
    assert not any("one_hot" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize("labels", ["y.float()", "(y * 2.0) % 5", "torch.tensor([0.0, 1, 2, 0, 3, 1])"])
def test_whole_numbers_are_cast(labels):
    found = mended(MIXED.format(mix="y", mixing=f"both = {labels}"), most=1)
    assert found.output == printed(MIXED.format(mix="y", mixing=f"both = ({labels}).long()"))
    assert not found.doubts

"""Places that are counted along the samples and are told for the steps, and loops that count along another axis."""

import pytest
from mended import mended, printed

ENDS = """
    steps, ends = torch.randn(3, 9, 4), torch.tensor([4, 8, 1])
    print(steps[{}].sum().item())
"""
SHARES = """
    shares, kinds = torch.rand(6, 20), torch.tensor([3, 15, 9, 0, 7, 11])
    print(shares[{}].log().mean().item())
"""
ROUNDS = """
    seen = torch.randn(2, 7, 9)
    print(sum([seen[:, at].sum() for at in range(seen.size({}))]).item())
"""


@pytest.mark.parametrize(
    ("program", "wrong", "right"),
    [
        (ENDS, "ends, torch.arange(len(ends))", "torch.arange(len(ends)), ends"),
        (SHARES, "kinds, torch.arange(6)", "torch.arange(6), kinds"),
        (ROUNDS, "-1", "1"),
    ],
)
def test_each_is_told_for_its_own_axis(program, wrong, right):
    found = mended(program.format(wrong), most=1)
    assert not found.doubts
    assert found.output == printed(program.format(right))


def test_places_that_begin_with_0_are_not_one_too_large():
    found = mended(SHARES.format("torch.arange(6), kinds").replace("20)", "15)"), most=1)
    assert not any("- 1" in fix.title for each in found.diagnoses for fix in each.fixes)


def test_a_count_of_something_else_is_left_as_it_is():
    program = """
    states, layers = torch.randn(2, 3, 4), 3
    print(torch.stack([states[at] for at in range(layers)]).shape)
    """
    found = mended(program, most=1)
    assert not any("range(len(states))" in fix.title for each in found.diagnoses for fix in each.fixes)


def test_rounds_over_the_places_of_another_axis_may_take_the_items_there():
    program = """
    seen = torch.randn(2, 7, 9)
    print(sum([seen[at].max() for at in range(seen.size(1))]).item())
    """
    assert mended(program, most=1).doubts

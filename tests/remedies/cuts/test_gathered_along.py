"""gather along another axis than the one that the index chooses from."""

import pytest
from mended import mended, printed

VALUES = """
    net = nn.Linear(3, 4)
    values = net(torch.rand(5, 9, 3))
    taken = torch.arange(45).view(5, 9) % 4
    chosen = {text}
    print(chosen.shape, round(chosen.sum().item(), 4))
"""
RIGHT = "values.gather(2, taken.unsqueeze(2)).squeeze(2)"


@pytest.mark.parametrize(
    "text",
    [
        "values.gather(1, taken.unsqueeze(1)).squeeze(1)",
        "torch.gather(values, dim=-2, index=taken.unsqueeze(-2)).squeeze(-2)",
        "values.gather(0, taken.unsqueeze(dim=0)).squeeze(0)",
    ],
)
def test_all_three_axes_go_together(text):
    found = mended(VALUES.format(text=text), most=1)
    assert found.diagnoses[0].slug == "gathered_along_other_axis"
    assert found.output == printed(VALUES.format(text=RIGHT))
    assert not found.doubts


@pytest.mark.parametrize(("values", "taken"), [("7, 7, 4", "7, 8"), ("6, 9, 9", "7, 9")])
def test_an_index_of_other_sizes_is_left(values, taken):
    program = f"""
    values = torch.rand({values})
    taken = torch.zeros({taken}, dtype=torch.long)
    print(values.gather(1, taken.unsqueeze(1)).shape)
    """
    (found,) = mended(program, most=1).diagnoses
    assert found.slug != "gathered_along_other_axis"
    assert not any("along axis" in fix.title for fix in found.fixes)


def test_an_index_that_may_choose_from_either_of_two_axes_is_left():
    program = """
    values = torch.rand(4, 6, 6)
    taken = torch.zeros(4, 6, dtype=torch.long)
    print(values.gather(0, taken.unsqueeze(0).expand(9, -1, -1)).shape, values.gather(0, taken.unsqueeze(0)).shape)
    """
    assert not any("along axis" in fix.title for each in mended(program, most=1).diagnoses for fix in each.fixes)

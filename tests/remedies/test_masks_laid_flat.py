"""Masks of all steps of all samples beside rows of them."""

import pytest
from mended import mended, printed

PROGRAM = """
    def summed(scores, labels):
        {rows}
        kept = labels > 0
        return rows[kept].sum()


    torch.manual_seed(5)
    labels = torch.randint(0, 3, (4, 7))
    print(round(summed(torch.randn(4, 7, 3), labels).item(), 4))
"""


def _of(rows, kept="rows[kept]"):
    return PROGRAM.format(rows=rows).replace("rows[kept]", kept)


@pytest.mark.parametrize("flat", ["scores.view(-1, 3)", "scores.flatten(0, 1)", "scores.reshape(-1, scores.size(-1))"])
def test_rows_of_a_tensor_that_begins_with_the_axes_of_the_mask(flat):
    found = mended(_of(f"rows = {flat}"))
    assert found.changed == ["return rows[kept.flatten()].sum()"]
    assert found.output == printed(_of(f"rows = {flat}", "rows[kept.flatten()]"))
    assert found.doubts == []


def test_rows_of_a_turned_tensor_are_in_doubt():
    found = mended(_of("rows = scores.transpose(0, 1).reshape(-1, 3)"))
    assert found.doubts == ["the mask may run over its items in another order"]


TURNED = """
    torch.manual_seed(5)
    steps, labels = torch.randn(7, 4).argsort(0), torch.randint(0, 7, (4, 7))
    kept = labels > 1
    {lines}
"""


def test_what_lies_the_other_way_than_mask_and_labels_is_turned():
    lines = "print((steps[kept] == labels[kept]).sum().item())"
    found = mended(TURNED.format(lines=lines))
    assert any("transpose(0, 1)" in line for line in found.changed)
    assert found.output == printed(TURNED.format(lines=lines.replace("steps[kept]", "steps.t()[kept]")))
    assert found.doubts == []


def test_a_mask_that_picks_from_nothing_else_may_be_turned_itself():
    found = mended(TURNED.format(lines="print(steps[kept].sum().item())"))
    assert found.changed == [
        "steps, labels = torch.randn(7, 4).argsort(0).transpose(0, 1), torch.randint(0, 7, (4, 7))"
    ]
    assert found.doubts == ["it may be the mask that lies the other way"]

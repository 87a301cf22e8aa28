"""Masks of scaled_dot_product_attention that have no axis for the heads."""

import pytest
from mended import mended, printed

PROGRAM = """
def attend(x, mask):
    q, k, v = x.view(5, 7, 3, 2, 4).permute(2, 0, 3, 1, 4)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


real = torch.arange(7)[None] < torch.tensor([7, 3, 4, 6, 2])[:, None]
mask = {mask}
print(attend(torch.randn(5, 7, 24), {given}).sum())
"""


@pytest.mark.parametrize(
    ("mask", "right"),
    [
        ("real[:, None, :]", "mask.unsqueeze(1)"),
        ("real[:, None, :] & torch.ones(7, 7).tril().bool()", "mask.unsqueeze(1)"),
        ("real", "mask[:, None, None, :]"),
    ],
)
def test_the_mask_is_given_an_axis_for_the_heads(mask, right):
    found = mended(PROGRAM.format(mask=mask, given="mask"))
    assert found.diagnoses[0].slug == "mask_does_not_fit"
    assert f"attn_mask={right})" in found.text
    assert found.output == printed(PROGRAM.format(mask=mask, given=right))
    assert not found.doubts


def test_a_mask_of_other_sizes_is_named_and_not_stretched():
    [found] = mended(PROGRAM.format(mask="real[:3, None, :]", given="mask"), most=1).diagnoses
    assert found.slug == "mask_does_not_fit"
    assert all(fix.doubt for fix in found.fixes)

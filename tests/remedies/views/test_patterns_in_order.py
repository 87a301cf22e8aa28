"""Patterns of einops whose axes stand in another order than those of the tensor, or whose heads stay apart."""

import pytest
from mended import mended, printed

CUT = """
    from einops import rearrange

    class Cut(nn.Module):
        def __init__(self, kinds, size):
            super().__init__()
            self.size, self.out = size, nn.Linear(kinds * size, 5)

        def forward(self, x):
            return self.out(rearrange(x, {pattern}, s=self.size))

    print(round(Cut(3, 6)(torch.randn({sizes})).std().item(), 5))
"""


@pytest.mark.parametrize(
    ("sizes", "wrong", "right"),
    [
        ("4, 3, 30", '"b (n s) c -> b n (c s)"', '"b c (n s) -> b n (c s)"'),
        ("4, 30, 3", '"b c (n s) -> b n (c s)"', '"b (n s) c -> b n (c s)"'),
        ("4, 3, 30", "'b (n s) c -> b n (c s)'", "'b c (n s) -> b n (c s)'"),
    ],
)
def test_the_axes_are_named_in_the_order_that_they_have(sizes, wrong, right):
    found = mended(CUT.format(sizes=sizes, pattern=wrong))
    assert found.output == printed(CUT.format(sizes=sizes, pattern=right))
    assert not found.doubts


def test_what_no_order_divides_is_left_in_order():
    found = mended(CUT.format(sizes="4, 3, 31", pattern='"b c (n s) -> b n (c s)"'), most=1).diagnoses[0]
    assert not any("(n s) c" in edit.replacement for fix in found.fixes for edit in fix.edits)


HEADS = """
    from einops import rearrange

    class Heads(nn.Module):
        def __init__(self):
            super().__init__()
            self.value, self.out = nn.Linear(12, 12), nn.Linear(12, 12)

        def forward(self, x):
            v = rearrange(self.value(x), "b t (h w) -> b h t w", h=3)
            shares = (v @ v.mT).softmax(-1)
            together = rearrange(shares @ v, {pattern})
            return x + self.out(together)

    print(round(Heads()(torch.randn(2, 5, 12)).std().item(), 5))
"""


def test_heads_are_joined_for_the_layer_that_reads_all_of_them():
    found = mended(HEADS.format(pattern='"b h t w -> b t h w"'))
    assert found.output == printed(HEADS.format(pattern='"b h t w -> b t (h w)"'))
    assert not found.doubts


@pytest.mark.parametrize("size", [5, 7])
def test_a_number_that_divides_nothing_is_another_one_in_doubt(size):
    program = CUT.replace("Cut(3, 6)", f"Cut(3, {size})")
    found = mended(program.format(sizes="4, 3, 36", pattern='"b c (n s) -> b n (c s)"'), most=1)
    assert found.doubts
    assert "Cut(3, 6)" in found.text or "Cut(3, 4)" in found.text


TOKEN = """
    from einops import repeat

    token, patches = torch.randn({sizes}), torch.randn(4, 6, 8)
    first = repeat(token, "{pattern}", b=4)
    print(torch.cat([first, patches], 1).shape)
"""


@pytest.mark.parametrize(("pattern", "is_told"), [("1 1 d -> b 1 d", True), ("n k d -> (n b) k d", False)])
def test_an_axis_of_one_is_put_in_where_the_pattern_calls_it_1_and_may_be_meant_elsewhere(pattern, is_told):
    found = mended(TOKEN.format(sizes="1, 8", pattern=pattern), most=1)
    assert found.diagnoses[0].slug == "pattern_of_other_axes"
    first = found.diagnoses[0].fixes[0]
    assert "token.unsqueeze(0)" in first.edits[0].replacement
    assert bool(first.doubt) is not is_told


def test_a_tensor_that_goes_with_the_pattern_in_no_way_gets_no_axis():
    found = mended(TOKEN.format(sizes="3, 8", pattern="1 1 d -> b 1 d"), most=1)
    assert not any("unsqueeze" in edit.replacement for fix in found.diagnoses[0].fixes for edit in fix.edits)
    assert found.diagnoses[0].explanation == "the pattern names 3 axes, and token (3, 8) has 2"

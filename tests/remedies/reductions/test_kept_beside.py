"""Two reductions that are reckoned with each other keep their axes both, or none of them does."""

import pytest
from mended import mended, printed

CENTRED = """
    def centred(x, active):
        mean = {one} {sign} {other}
        return (x - mean) * active


    x = torch.randn(3, 6)
    print(centred(x, (x > 0).float()).sum().item())
"""
KEPT = {"one": "(x * active).sum(-1, keepdim=True)", "sign": "/", "other": "active.sum(-1, keepdim=True)"}


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        ("one", "(x * active).sum(-1)"),
        ("one", "(x * active).sum(-1, keepdim=False)"),
        ("other", "active.sum(dim=-1)"),
        ("other", "active.sum(-1).clamp(min=1)"),
    ],
)
def test_the_axis_that_the_other_side_keeps_is_kept(place, wrong):
    right = "active.sum(-1, keepdim=True).clamp(min=1)" if "clamp" in wrong else KEPT[place]
    found = mended(CENTRED.format(**{**KEPT, place: wrong}))
    assert found.output == printed(CENTRED.format(**{**KEPT, place: right}))
    assert len(found.diagnoses) == 1
    assert not found.doubts


@pytest.mark.parametrize("wrong", ["x.sum(0)", "x.mean()"])
def test_what_is_taken_along_another_axis_is_no_sibling(wrong):
    text = CENTRED.format(one=wrong, sign="+", other="active.sum(-1, keepdim=True)")
    found = mended(text.replace("x - mean", "x.t() - mean"), most=1)
    assert not [fix for each in found.diagnoses for fix in each.fixes if fix.title == "keepdim=True" and not fix.doubt]

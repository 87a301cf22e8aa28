"""Norms of maps whose kind is told to the module that calls them."""

import pytest
from mended import mended, printed

PROGRAM = """
    KINDS = {{"none": nn.Identity, "batch": nn.BatchNorm2d, "layer": nn.LayerNorm}}


    class Block(nn.Module):
        def __init__(self, a, b, {told}):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(a, b, 3), {norm}

        def forward(self, x):
            return self.norm(self.conv(x)).relu()


    KIND = {kind}
    print(round(Block(3, 8{more})(torch.rand(2, 3, 9, 6)).sum().item(), 4))
"""
BY_KEY = {"told": "kind", "norm": "KINDS[kind](b)", "more": ", KIND"}
WAYS = [
    (BY_KEY, "'layer'", "'batch'"),
    (BY_KEY | {"told": "cfg", "norm": "KINDS[cfg['norm']](b)"}, "dict(norm='layer')", "dict(norm='batch')"),
    (BY_KEY | {"told": "norm=nn.BatchNorm2d", "norm": "norm(b)"}, "nn.LayerNorm", "nn.BatchNorm2d"),
]


@pytest.mark.parametrize(("way", "bad", "good"), WAYS)
def test_another_kind_is_chosen_that_takes_the_channels_where_they_are(way, bad, good):
    found = mended(PROGRAM.format(kind=bad, **way), most=1)
    assert not found.doubts
    assert found.changed == [f"KIND = {good}"]
    assert found.output == printed(PROGRAM.format(kind=good, **way))


def test_which_kind_is_in_doubt_where_several_take_them():
    text = PROGRAM.format(kind="'layer'", **BY_KEY).replace("nn.Identity", "nn.InstanceNorm2d")
    found = mended(text, most=1)
    assert found.changed == ["KIND = 'batch'"]
    assert found.doubts


@pytest.mark.parametrize(
    ("norm", "is_sure"),
    [("nn.LayerNorm(b)", True), ("nn.LayerNorm(b) if kind else nn.BatchNorm2d(b)", False)],
)
def test_it_is_turned_there_and_back_for_sure_only_where_no_other_kind_could_be_there(norm, is_sure):
    found = mended(PROGRAM.format(kind="1", told="kind", norm=norm, more=", KIND"), most=1)
    assert found.changed == ["return self.norm(self.conv(x).transpose(1, 3)).transpose(1, 3).relu()"]
    assert bool(found.doubts) is not is_sure

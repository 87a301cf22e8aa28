"""Layers of which all but one read whether they go both ways from a flag."""

import pytest
from mended import mended, printed

PAGES = """
    class Pool(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.score = nn.Linear(width, 1)

        def forward(self, steps):
            return (self.score(steps).softmax(1) * steps).sum(1)


    class Pages(nn.Module):
        def __init__(self, both):
            super().__init__()
            ways = 2 if both else 1
            self.words = nn.GRU(3, 5, batch_first=True, bidirectional=both)
            self.pool = Pool(ways * 5)
            self.lines = nn.GRU(ways * 5, 7, batch_first=True{told})
            self.last = Pool(ways * 7)
            self.head = nn.Linear(ways * 7, 2)

        def forward(self, pages):
            steps, _ = self.words(pages.flatten(0, 1))
            lines, _ = self.lines(self.pool(steps).unflatten(0, pages.shape[:2]))
            return self.head(self.last(lines))

    print(Pages({both})(torch.randn(4, 6, 8, 3)).sum().item())
"""
ATTRIBUTE = """
    class Speech(nn.Module):
        def __init__(self, width=6, both=True):
            super().__init__()
            self.both, self.width = both, width * (1 + both)
            self.low = nn.LSTM(4, width, bidirectional=self.both)
            self.middle = nn.LSTM(self.width, width{told})
            self.high = nn.LSTM(self.width, width, bidirectional=self.both)

        def forward(self, sound):
            for layer in (self.low, self.middle, self.high):
                sound, _ = layer(sound)
            return sound

    print(Speech()(torch.randn(9, 2, 4)).sum().item())
"""


@pytest.mark.parametrize(
    ("both", "told"), [(False, ", bidirectional=True"), (True, ""), (True, ", bidirectional=False")]
)
def test_the_one_that_reads_no_flag_reads_it(both, told):
    found = mended(PAGES.format(both=both, told=told))
    assert found.changed == ["self.lines = nn.GRU(ways * 5, 7, batch_first=True, bidirectional=both)"]
    assert not found.doubts
    assert found.output == printed(PAGES.format(both=both, told=", bidirectional=both"))


def test_an_attribute_that_the_others_read_is_a_flag():
    found = mended(ATTRIBUTE.format(told=""))
    assert found.changed == ["self.middle = nn.LSTM(self.width, width, bidirectional=self.both)"]
    # All layers are as wide: what reads the width may be what is wrong.
    assert found.doubts
    assert found.output == printed(ATTRIBUTE.format(told=", bidirectional=self.both"))


def test_where_the_width_does_not_ask_for_the_flag_the_layer_may_go_its_own_way():
    program = """
    class Two(nn.Module):
        def __init__(self, both=False):
            super().__init__()
            self.low = nn.GRU(3, 4, bidirectional=both)
            self.high = nn.GRU(4, 6, bidirectional=True)
            self.head = nn.Linear(6, 2)

        def forward(self, x):
            return self.head(self.high(self.low(x)[0])[0])

    print(Two()(torch.randn(9, 2, 3)).shape)
    """
    fixes = [fix for fix in mended(program).diagnoses[0].fixes if fix.title == "bidirectional=both"]
    assert fixes
    assert all(fix.doubt for fix in fixes)


def test_where_the_others_do_not_agree_no_flag_is_copied():
    program = """
    class Three(nn.Module):
        def __init__(self, one=False, two=True):
            super().__init__()
            self.low = nn.GRU(3, 4, bidirectional=one)
            self.side = nn.GRU(3, 4, bidirectional=two)
            self.high = nn.GRU(4, 6, bidirectional=True)
            self.head = nn.Linear(6 + 0 * one, 2)

        def forward(self, x):
            return self.head(self.high(self.low(x)[0])[0]) + self.side(x)[0].sum()

    print(Three()(torch.randn(9, 2, 3)).shape)
    """
    assert not any(fix.title.startswith("bidirectional=") for fix in mended(program, most=1).diagnoses[0].fixes)


ONE_READER = """
    class Talk(nn.Module):
        def __init__(self, both=True):
            super().__init__()
            ways = 1 + int(both)
            self.heard = nn.GRU(4, {width}, bidirectional=both)
            self.told = nn.GRU({width} * ways, {own})
            self.head = nn.Linear({own} * ways, 3){beside}

        def forward(self, sound):
            return self.head(self.told(self.heard(sound)[0])[0])

    print(Talk()(torch.randn(9, 2, 4)).sum().item())
"""
NORM = "\n            self.norm = nn.LayerNorm({own} * ways)"


@pytest.mark.parametrize(
    ("width", "own", "beside", "is_sure"), [(5, 6, "", False), (6, 6, NORM, False), (5, 6, NORM, True)]
)
def test_the_width_that_fails_is_no_witness_of_its_own(width, own, beside, is_sure):
    program = ONE_READER.format(width=width, own=own, beside=beside.format(own=own))
    fixes = [fix for fix in mended(program).diagnoses[0].fixes if fix.title == "bidirectional=both"]
    assert fixes
    assert all(bool(fix.doubt) is not is_sure for fix in fixes)

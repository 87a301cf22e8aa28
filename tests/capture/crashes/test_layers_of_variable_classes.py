"""A layer whose class has a name of its own where it is made is known by the call that made it, not by one like it."""

import pytest
from mended import mended, printed

PROGRAM = """
    SETTINGS = {{"words": {{"kind": "{kind}", "takes": {takes}}}, "times": {{"kind": "{kind}", "takes": 6}}}}


    def layer(told):
        kind = {found}
        return kind(told["takes"], 4, batch_first=True)


    class Reader(nn.Module):
        def __init__(self, settings):
            super().__init__()
            self.words, self.times = layer(settings["words"]), layer(settings["times"])
            self.heads = nn.{kind}(7, 4, batch_first=True)

        def forward(self, x):
            return self.words(torch.cat([x, x[..., :2]], dim=-1))[0].sum() + self.heads(x)[0].sum()


    torch.manual_seed(0)
    print(Reader(SETTINGS)(torch.randn(2, 3, 7)).item())
"""


@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
@pytest.mark.parametrize("found", ['getattr(nn, told["kind"])', '{"GRU": nn.GRU, "LSTM": nn.LSTM}[told["kind"]]'])
def test_the_number_of_the_settings_is_changed(kind, found):
    fields = {"kind": kind, "found": found}
    mended_one = mended(PROGRAM.format(takes=7, **fields))
    assert mended_one.output == printed(PROGRAM.format(takes=9, **fields))
    assert not mended_one.doubts

"""States of an encoder of which one alone goes through a layer to the width of the decoder."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.read = nn.LSTM(4, 6, batch_first=True)
            self.say, self.bridge = nn.LSTM(4, 5, batch_first=True), nn.Linear({width}, 5)

        def forward(self, x):
            _, (h, c) = self.read(x)
            a = {first}
            b = {second}
            return self.say(x, (a, b))[0]


    print(round(Net()(torch.rand(3, 7, 4)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("first", "second", "right"),
    [
        ("self.bridge(h)", "c[:, :, :]", "self.bridge(c[:, :, :])"),
        ("self.bridge(h[-1]).unsqueeze(0)", "c[-1].unsqueeze(0)", "self.bridge(c[-1]).unsqueeze(0)"),
        ("h[-1].unsqueeze(0)", "self.bridge(c[-1]).unsqueeze(0)", "self.bridge(h[-1]).unsqueeze(0)"),
        ("torch.tanh(self.bridge(h[-1]))[None]", "c[-1].unsqueeze(0)", "self.bridge(c[-1]).unsqueeze(0)"),
    ],
)
def test_the_other_goes_through_the_layer_too(first, second, right):
    found = mended(PROGRAM.format(first=first, second=second, width=6), most=1)
    is_first = first.startswith("h")
    good = {"first": right if is_first else first, "second": second if is_first else right}
    assert found.output == printed(PROGRAM.format(width=6, **good))
    assert found.doubts or "tanh" not in first


def test_it_does_not_where_the_layer_reads_another_width():
    first = "self.bridge(x[:, 0]).unsqueeze(0)"
    found = mended(PROGRAM.format(first=first, second="c[-1].unsqueeze(0)", width=4), most=1)
    assert not any(each.title.startswith("self.bridge") for each in found.diagnoses[0].fixes)

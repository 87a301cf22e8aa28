"""What is made of one state of an LSTM is made as it is of the other."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Bridge(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = nn.LSTM(4, 6, {told}batch_first=True), nn.LSTM(4, 5, batch_first=True)
            self.to_h, self.to_c = nn.Linear({width}, 5), nn.Linear({width}, 5)

        def joined(self, state):
            return torch.cat((state[-2], state[-1]), -1)

        def forward(self, x):
            _, (h, c) = self.encoder(x)
            first = {first}
            second = {second}
            return self.decoder(x, (first, second))[0]

    print(round(Bridge()(torch.randn(3, 7, 4)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("told", "width", "first", "second"),
    [
        ("", 6, "self.to_h(h[-1]).unsqueeze(0)", "self.to_c(c[-1])"),
        ("num_layers=2, ", 6, "torch.tanh(self.to_h(h[-1:]))", "torch.tanh(self.to_c(c))"),
        ("bidirectional=True, ", 12, "self.to_h(self.joined(h)).unsqueeze(0)", "self.to_c(c)"),
        ("bidirectional=True, ", 12, "self.to_h(torch.cat((h[0], h[1]), -1))[None]", "self.to_c(c[0])[None]"),
    ],
)
def test_the_second_is_made_as_the_first(told, width, first, second):
    parts = {"told": told, "width": width, "first": first}
    found = mended(PROGRAM.format(**parts, second=second))
    right = first.replace("to_h", "to_c").replace("(h", "(c").replace(" h[", " c[")
    assert found.output == printed(PROGRAM.format(**parts, second=right))
    assert not found.doubts


@pytest.mark.parametrize(
    ("told", "first", "second"),
    [
        ("", "torch.tanh(self.to_h(h[-1])).unsqueeze(0)", "self.to_c(c[-1])"),
        ("", "self.to_h(h[-1]).mul(0.5).unsqueeze(0)", "self.to_c(c[-1])"),
        ("", "(0.5 * self.to_h(h[-1])).unsqueeze(0)", "self.to_c(c[-1])"),
        ("num_layers=2, ", "self.to_h(h.mean(0)).unsqueeze(0)", "self.to_c(c[-1])"),
        ("bidirectional=True, ", "self.to_h(h[0] + h[1]).unsqueeze(0)", "self.to_c(c[-1])"),
        ("bidirectional=True, ", "self.to_h(h[1]).unsqueeze(0)", "self.to_c(c[0])"),
        ("num_layers=2, ", "self.to_h(h[0]).unsqueeze(0)", "self.to_c(c[-1])"),
    ],
)
def test_more_than_axes_that_is_done_to_the_first_leaves_a_doubt(told, first, second):
    found = mended(PROGRAM.format(told=told, width=6, first=first, second=second), most=1)
    assert found.output != "crashed"
    assert found.doubts


def test_the_one_that_fits_is_not_made_as_the_other():
    parts = {"told": "num_layers=2, ", "width": 6, "first": "self.to_h(h[-1:])"}
    found = mended(PROGRAM.format(**parts, second="self.to_c(c[-1:].squeeze(0))"), most=1)
    assert found.output == printed(PROGRAM.format(**parts, second="self.to_c(c[-1:])"))


def test_layers_that_were_made_otherwise_are_no_twins():
    program = PROGRAM.replace("nn.Linear({width}, 5)\n", "nn.Sequential(nn.Linear({width}, 5), nn.Tanh())\n").format(
        told="bidirectional=True, ", width=12, first="self.to_h(self.joined(h)).unsqueeze(0)", second="self.to_c(c)"
    )
    assert "self.to_c(self.joined(c))" not in mended(program, most=1).text

"""Each layer of a loop is given the input of the first one: what the one before returned goes in instead."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Stack(nn.Module):
        def __init__(self):
            super().__init__()
            self.cells = nn.ModuleList([nn.{kind}(5, 7{more}), nn.{kind}(7, 8{more}), nn.{kind}(8, 9{more})])
            self.norms = nn.ModuleList([nn.LayerNorm(7), nn.LayerNorm(8), nn.LayerNorm(9)])

        def run(self, cell, x):
            return cell(x)

        def forward(self, x):
            finals = []
            {lines}


    print(Stack()(torch.randn(4, 6, 5)).sum().item())
"""
LSTM = {"kind": "LSTM", "more": ", batch_first=True"}
LINEAR = {"kind": "Linear", "more": ""}


@pytest.mark.parametrize(
    ("layer", "bad", "good"),
    [
        (LSTM, "out = x\n for cell in self.cells:\n  out, _ = cell({})\n return out", ("x", "out")),
        (LSTM, "out = x\n for i in range(3):\n  out, (h, c) = self.cells[i]({})\n return out", ("x", "out")),
        (
            LSTM,
            "out, finals = x, []\n for cell in self.cells:\n  out, (h, _) = self.run(cell, x={})\n"
            "  finals.append(h.sum())\n return out * sum(finals)",
            ("x", "out"),
        ),
        (
            LINEAR,
            "out = x\n for cell, norm in zip(self.cells, self.norms):\n  out = torch.relu(norm(cell({})))\n return out",
            ("x", "out"),
        ),
        (
            LINEAR,
            "for at, cell in enumerate(self.cells):\n  {1} = cell({0})\n  {1} = {1}.relu()\n return {1}",
            ("x", "x"),
        ),
        (
            LINEAR,
            "out = x\n for cell in self.cells:\n  out = cell({})\n  finals.append(out)\n return out",
            ("x", "out"),
        ),
        (LINEAR, "k = 0\n while k < 3:\n  {1} = self.cells[k]({0}).tanh()\n  k += 1\n return {1}", ("x", "x")),
    ],
)
def test_a_layer_reads_what_the_one_before_returned(layer, bad, good):
    wrong, right = good
    # The same name on both sides is right where the input is not kept; a name of its own is the mistake.
    texts = [bad.format(wrong, "out"), bad.format(right, right)]
    program, meant = (PROGRAM.format(lines=text.replace("\n", "\n" + " " * 11), **layer) for text in texts)
    found = mended(program)
    assert found.diagnoses[0].slug == "same_input_for_each_layer"
    assert found.output == printed(meant)
    assert not found.doubts


@pytest.mark.parametrize(
    "lines",
    [
        # Heads beside each other: each result is kept, and all of them read the same.
        "for cell in self.cells:\n  out = cell(x)\n  finals.append(out)\n return torch.cat(finals, -1)",
        # What the round before returned is read.
        "out = x\n for cell in self.cells[1:]:\n  out = cell(x) + out\n return out",
        # The first round fails already.
        "out = x\n for cell in self.cells[1:]:\n  out = cell(x)\n return out",
        # One layer, again and again.
        "out = x\n for step in range(3):\n  out = self.cells[1](x)\n return out",
    ],
)
def test_a_loop_of_another_kind_is_not_taken_for_it(lines):
    found = mended(PROGRAM.format(lines=lines.replace("\n", "\n" + " " * 11), **LINEAR))
    assert found.diagnoses
    assert found.diagnoses[0].slug != "same_input_for_each_layer"

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


WALKED = """
    class Cells(nn.Module):
        def __init__(self, width, hidden, count):
            super().__init__()
            self.hidden = hidden
            self.cells = nn.ModuleList(nn.GRUCell({width}, hidden) for i in range(count))

        def forward(self, x):
            {begun}
            for {each} in {cells}:
                h, steps = torch.zeros(4, self.hidden), []
                {walk}
                    steps.append(h)
                out = torch.stack(steps, {axis})
            return {end}

    print(Cells(5, 8, 3)(torch.randn({sizes}, 5)).sum().item())
"""
CELL = {"each": "cell", "cells": "self.cells"}
NUMBERED = {"each": "i", "cells": "range(3)"}
WAYS = [
    (CELL, "for step in {0}:\n    h = cell(step, h)", 0),
    (CELL, "for t, step in enumerate({0}):\n    h = cell(step, h)", 0),
    (CELL, "for t in range(6):\n    h = cell({0}[t], h)", 0),
    (CELL, "for t in range(6):\n    h = cell({0}[:, t], h)", 1),
    (CELL, "for t in range(6):\n    step = {0}[:, t, :]\n    h = cell(step, h)", 1),
    (CELL, "for step in {0}.unbind(1):\n    h = cell(step, h)", 1),
    (NUMBERED, "for step in {0}:\n    h = self.cells[i](step, h)", 0),
]


def _walked(way, walk, axis, name, begun="out = x", width="width if i == 0 else hidden"):
    sizes = "4, 6" if axis else "6, 4"
    lines = walk.format(name).replace("\n", "\n" + " " * 16)
    return WALKED.format(walk=lines, axis=axis, sizes=sizes, begun=begun, width=width, end="out", **way)


@pytest.mark.parametrize(("way", "walk", "axis"), WAYS)
@pytest.mark.parametrize("begun", ["out = x", "pass"])
def test_a_layer_walks_along_what_the_one_before_has_put_together(way, walk, axis, begun):
    found = mended(_walked(way, walk, axis, "x", begun))
    assert found.diagnoses[0].slug == "same_input_for_each_layer"
    assert found.output == printed(_walked(way, walk, axis, "out"))
    assert not found.doubts


def test_what_was_put_together_the_other_way_is_not_walked_along():
    program = _walked(CELL, WAYS[3][1], 1, "x").replace("torch.stack(steps, 1)", "torch.stack(steps, 0)")
    assert mended(program).diagnoses[0].slug != "same_input_for_each_layer"


def test_a_condition_that_would_decide_nothing_is_no_fix():
    # Each of the layers reads the input, and the results are kept: that may be meant.
    program = _walked(CELL, WAYS[0][1], 0, "x").replace("out = torch.stack(steps, 0)", "out = out + 1")
    found = mended(program)
    assert "width if i == 0 else width" not in found.text

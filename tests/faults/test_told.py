"""A fault that is told by what mends it is one that this program has, and its first sentence is true of it."""

import pytest
from mended import mended, printed

SQUEEZED = """
    rows = torch.randn(6, {steps}, 5)
    lstm, last = nn.LSTM(5, 8, batch_first=True), nn.Linear(8, 3)
    for x in rows.split({batch}):
        out, _ = lstm(x)
        out = out{squeezed}
        print(last(out[:, -1, :]).shape)
"""


@pytest.mark.parametrize(
    ("steps", "batch", "slug"),
    [(1, 6, "axis_of_one_squeezed"), (1, 3, "axis_of_one_squeezed"), (4, 5, "batch_lost_by_squeeze")],
)
def test_a_squeeze_is_said_to_have_dropped_the_batch_only_where_it_is_gone(steps, batch, slug):
    found = mended(SQUEEZED.format(steps=steps, batch=batch, squeezed=".squeeze()"), most=1)
    assert found.diagnoses[0].slug == slug
    assert found.output == printed(SQUEEZED.format(steps=steps, batch=batch, squeezed=""))


POSITIONS = """
    words, places = nn.Embedding(60, 8), nn.Embedding({rows}, 8)
    ids = torch.arange({first}, 50).view(1, -1)[:, :{steps}] % 60
    print((words(ids) + places(torch.arange({start}, ids.size(1) + {start}))).shape)
"""


@pytest.mark.parametrize(
    ("rows", "steps", "start", "slug"),
    [(20, 25, 0, "table_too_short"), (23, 31, 1, "table_too_short"), (25, 25, 1, "token_out_of_range")],
)
def test_positions_that_have_no_row_are_not_called_tokens(rows, steps, start, slug):
    found = mended(POSITIONS.format(rows=rows, first=2, steps=steps, start=start), most=1)
    assert found.diagnoses[0].slug == slug
    assert len(found.diagnoses) == 1


def test_counted_positions_are_told_with_both_numbers():
    found = mended(POSITIONS.format(rows=20, first=2, steps=25, start=0), most=1)
    assert found.diagnoses[0].explanation == "the table has 20 rows, and there are 25 steps"


SAID = {
    "a convolution": (
        "net = nn.Sequential(nn.Conv1d(5, 8, 3), nn.Conv1d(6, 8, 3), nn.Conv1d(6, 2, 3))\n"
        "print(net(torch.randn(4, 5, 20)).shape)",
        "sizes_exchanged",
        "sizes in a call go by their place, and a layer can be made with either order; here: ",
    ),
    "a product": (
        "q, k = torch.randn(4, 7, 5), torch.randn(4, 7, 5)\nprint(torch.bmm(q, k.transpose(0, 1)).shape)",
        "other_axes_turned",
        "axes are turned by their numbers, and the sizes alone seldom tell which were meant; here: ",
    ),
    "the largest": (
        "x = torch.randn(4, 7, 5)\nm = x.max(dim=2)[0]\nprint((x - m).shape)",
        "axis_dropped_by_reduction",
        "a sum, a mean, a norm or a largest number drops the axis that it runs along; here: ",
    ),
    "the place of the largest": (
        "logits, y = torch.randn(8, 3), torch.randint(3, (8,))\nprint((logits.argmax(0) == y).shape)",
        "reduced_along_other_axis",
        "a sum, a mean or the place of the largest drops the axis that it is told; here: ",
    ),
    "a mask": (
        "x, n = torch.randn(4, 7, 5), torch.tensor([7, 3, 2, 5])\n"
        "mask = torch.arange(x.size(0))[None, :] < n[:, None]\nprint((x * mask.unsqueeze(-1)).shape)",
        "size_of_another_axis",
        "the size of one axis is a plain number like that of any other; here: ",
    ),
    "backward twice": (
        "p = nn.Linear(3, 2)\nloss = p(torch.ones(4, 3)).sum()\nloss.backward()\nloss.backward()",
        "graph_gone_through_twice",
        "loss.backward() went through the same graph in line",
    ),
    "a state that is kept": (
        "cell, h = nn.GRUCell(2, 2), torch.ones(4, 2)\nfor _ in range(2):\n    h = cell(torch.ones(4, 2), h)\n"
        "    loss = h.sum()\n    loss.backward()",
        "state_not_detached",
        "the loss reaches back into a graph that an earlier backward() has freed",
    ),
}


@pytest.mark.parametrize(("program", "slug", "because"), SAID.values(), ids=SAID)
def test_the_sentence_is_true_of_the_program(program, slug, because):
    found = mended(program, most=1)
    assert found.diagnoses[0].slug == slug
    assert found.diagnoses[0].explanation.startswith(because)

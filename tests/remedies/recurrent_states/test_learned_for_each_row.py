"""A first state that is learned for each row of a batch, where batches differ in size."""

import pytest
from mended import mended, printed

LEARNED = """
    class Net(nn.Module):
        def __init__(self, batch):
            super().__init__()
            self.rnn = {layer}
            self.h0 = nn.Parameter(torch.zeros({sizes}, 6))
            self.c0 = nn.Parameter(torch.zeros({sizes}, 6))

        def forward(self, x):
            {first}
            return {call}

    net, data = Net(8), torch.rand(20, 5, 3)
    for x in data.split({batch}):
        print(round(net(x).sum().item(), 4))
"""
SPREAD = ".expand(-1, x.size(0), -1).contiguous()"
GRU = {"layer": "nn.GRU(3, 6, batch_first=True)", "first": "", "batch": 8}


@pytest.mark.parametrize(
    ("layer", "sizes", "one", "first", "call", "spread"),
    [
        ("nn.GRU(3, 6, batch_first=True)", "1, batch", "1, 1", "", "self.rnn(x, self.h0{0})[0]", SPREAD),
        (
            "nn.LSTM(3, 6, 2, batch_first=True)",
            "2, batch",
            "2, 1",
            "",
            "self.rnn(x, (self.h0{0}, self.c0{0}))[0]",
            SPREAD,
        ),
        ("nn.GRUCell(3, 6)", "batch", "1", "h = self.h0", "self.rnn(x[:, 0], h{0})", ".expand(x.size(0), -1)"),
    ],
)
def test_one_row_is_learned_and_spread(layer, sizes, one, first, call, spread):
    found = mended(LEARNED.format(layer=layer, sizes=sizes, first=first, call=call.format(""), batch=8), most=1)
    right = LEARNED.format(layer=layer, sizes=one, first=first, call=call.format(spread), batch=8)
    assert found.output == printed(right)
    assert not found.doubts


@pytest.mark.parametrize(
    ("call", "batch"),
    [("self.rnn(x, self.h0)[0]", 5), ("self.rnn(x, self.h0)[0] + self.h0.mean()", 8)],
)
def test_a_first_batch_and_a_second_reader_leave_it_open(call, batch):
    given = {**GRU, "batch": batch}
    found = mended(LEARNED.format(sizes="1, batch", call=call, **given), most=1)
    assert not any("expand(" in edit.replacement for fix in found.diagnoses[0].fixes for edit in fix.edits)

"""Windows that are cut once more one step on lie with their steps first, and so does the layer that reads them."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.rnn, self.out = nn.Embedding(13, 6), nn.{kind}(6, 7), nn.Linear(7, 13)

        def start(self, many):
            return {state}

        def forward(self, x, state):
            out, state = self.rnn(self.words(x), state)
            return self.out(out), state

    def window(source, i):
        return source[i : i + steps], source[i + 1 : i + 1 + steps]

    steps, lanes, net = 7, 5, Net()
    stream = torch.randint(13, (29, lanes))
    state, total = net.start({many}), 0.0
    for i in range(0, 28, steps):
        {cut}
        scores, state = net(x, state)
        total += F.cross_entropy(scores.flatten(0, 1), y.flatten()).item()
    print(round(total, 4))
"""
ONE = {"kind": "GRU", "state": "torch.zeros(1, many, 7)"}
PAIR = {"kind": "LSTM", "state": "torch.zeros(1, many, 7), torch.zeros(1, many, 7)"}
CUTS = [
    "x, y = window(stream, i)",
    "x, y = stream[i : i + steps], stream[i + 1 : i + 1 + steps]",
    "x = stream[i:i + steps, :]\n        y = stream[1 + i:i + steps + 1, :]",
]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("given", [ONE, PAIR])
def test_the_state_is_made_for_the_lanes_and_the_layer_left(cut, given):
    found = mended(PROGRAM.format(cut=cut, many="steps", **given))
    assert found.output == printed(PROGRAM.format(cut=cut, many="lanes", **given))
    assert not found.doubts


def test_parts_that_are_cut_once_may_be_samples():
    cut = "x = stream[i : i + steps]\n        y = torch.randint(13, (7, 5))"
    found = mended(PROGRAM.format(cut=cut, many="steps", **ONE), most=1)
    titles = [fix.title for fix in found.diagnoses[0].fixes]
    assert titles[0] == "batch_first=True"

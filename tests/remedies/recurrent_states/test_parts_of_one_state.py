"""The one state of a GRU taken apart as the pair of an LSTM."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.{kind}(4, 6, {way})

        def forward(self, x):
            out, {taken} = self.rnn(x)
            return {read}


    encoder, head = Encoder(), nn.Linear({width}, 3)
    print(round(head(encoder(torch.randn(5, 3, 4))).sum().item(), 4))
"""


@pytest.mark.parametrize("kind", ["GRU", "RNN"])
@pytest.mark.parametrize(
    ("way", "read", "width"),
    [
        ("bidirectional=True", "torch.cat([h[0], h[1]], -1).view(3, 12)", 12),
        ("2", "h[-1].view(3, 6)", 6),
        ("2", "h.permute(1, 0, 2).flatten(1)", 12),
    ],
)
def test_it_is_taken_whole_where_nobody_reads_the_other_part(kind, way, read, width):
    text = {"kind": kind, "way": way, "read": read, "width": width}
    found = mended(PROGRAM.format(taken="(h, c)", **text), most=1)
    assert found.diagnoses[0].slug == "two_states_for_gru"
    assert found.changed == ["out, h = self.rnn(x)"]
    assert found.output == printed(PROGRAM.format(taken="h", **text))


@pytest.mark.parametrize(("kind", "read"), [("GRU", "torch.cat([h, c], -1)"), ("LSTM", "torch.cat([h[0], h[1]], -1)")])
def test_both_directions_and_the_pair_of_an_lstm_stay_as_they_are(kind, read):
    text = PROGRAM.format(kind=kind, way="bidirectional=True", taken="(h, c)", read=read, width=7)
    found = mended(text, most=1)
    assert all("out, h" not in each.title for each in found.diagnoses[0].fixes)


@pytest.mark.parametrize(("name", "is_sure"), [("lstm", False), ("my_LSTM", False), ("rnn", True)])
def test_a_layer_called_after_the_kind_with_two_states_may_have_been_meant_to_be_one(name, is_sure):
    text = PROGRAM.format(kind="GRU", way="2", taken="(h, c)", read="h[-1].view(3, 6)", width=6)
    found = mended(text.replace("self.rnn", f"self.{name}"), most=1)
    assert bool(found.doubts) is not is_sure

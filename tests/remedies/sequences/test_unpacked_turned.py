"""Sequences that are unpacked with their steps first after being packed with their samples first, or the reverse."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    lengths = torch.tensor([9, 7, 4, 2])
    tags = torch.randint(0, 5, {tags})
    lstm, head = nn.LSTM(6, 8{layout}), nn.Linear(8, 5)
    packed = pack_padded_sequence(torch.randn({sizes}), lengths{layout})
    out, _ = lstm(packed)
    h, _ = pad_packed_sequence(out{unpacked})
    logp = head(h).log_softmax(-1)
    print(round(({picked}).sum().item(), 4))
"""
FIRST = {"tags": "(4, 9)", "layout": ", batch_first=True", "sizes": "4, 9, 6"}
STEPS = {"tags": "(9, 4)", "layout": "", "sizes": "9, 4, 6"}
PICKS = [
    "logp.gather(2, tags.unsqueeze(2)).squeeze(2)",
    "logp * F.one_hot(tags, 5)",
    "F.nll_loss(logp.transpose(1, 2), tags, reduction='none')",
]


@pytest.mark.parametrize("picked", PICKS)
@pytest.mark.parametrize("layout", [FIRST, STEPS])
def test_they_are_unpacked_as_they_were_packed(layout, picked):
    other = STEPS["layout"] if layout is FIRST else FIRST["layout"]
    found = mended(PROGRAM.format(unpacked=other, picked=picked, **layout), most=1)
    assert found.output == printed(PROGRAM.format(unpacked=layout["layout"], picked=picked, **layout))
    assert not found.doubts


def test_what_was_packed_alike_is_left_as_it_is():
    program = PROGRAM.format(unpacked=", batch_first=True", picked="logp * F.one_hot(tags, 5)", **FIRST)
    found = mended(program.replace("(4, 9))", "(9, 4))"), most=1)
    assert not any("pad_packed_sequence" in line for line in found.changed)


@pytest.mark.parametrize("sorts", ["", ", enforce_sorted=False"])
def test_one_length_for_each_item_of_the_second_axis_says_that_the_steps_lie_first(sorts):
    program = """
        from torch.nn.utils.rnn import pack_padded_sequence

        class Reader(nn.Module):
            def __init__(self):
                super().__init__()
                self.embed, self.rnn, self.top = nn.Embedding(30, 6), nn.GRU(6, 8), nn.Linear(8, 2)

            def forward(self, words, lengths):
                packed = pack_padded_sequence(self.embed(words), lengths{layout}{sorts})
                return self.top(self.rnn(packed)[1][-1])


        lengths = torch.tensor([13, 11, 6, 5, 2])
        print(round(Reader()(torch.randint(30, (13, 5)), lengths).std(0).sum().item(), 4))
    """
    found = mended(program.format(layout=", batch_first=True", sorts=sorts), most=1)
    assert found.output == printed(program.format(layout="", sorts=sorts))
    assert not found.doubts

"""A view that is right for one sample only, and one that is not told how many there are."""

from mended import mended, printed

DECODER = """
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.rnn = nn.Embedding(9, 6), nn.GRU(6, 6)

        def forward(self, word, state, seen):
            found = self.table(word).view(1, {}, -1)
            found = F.relu(found)
            {read}

    net, words = Decoder(), torch.tensor([1, 2, 3, 4, 5])
    print(net(words, torch.zeros(1, 5, 6), torch.ones(1, 5, 6))[0].sum().item())
"""
READS = [
    "return self.rnn(found, state)[0] + seen, 0",
    "return self.rnn((found + seen) / 2, state)",
    "return torch.cat((found, seen), 2)",
]


def test_the_samples_are_asked_for_where_one_was_written():
    for read in READS:
        program = DECODER.replace("{read}", read)
        found = mended(program.format(1), most=1)
        assert not found.doubts
        assert found.output == printed(program.format("word.size(0)"))


def test_steps_and_samples_are_not_told_apart():
    program = """
    day = torch.randn(8, 6)
    print(nn.GRU(6, 4)(day.view(1, 1, -1))[0].sum().item())
    """
    assert mended(program, most=1).doubts

"""A table of positions is as long as the sequences may become, by what makes them."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.nn.utils.rnn import pad_sequence


    class Reader(nn.Module):
        def __init__(self, words, places={places}):
            super().__init__()
            self.words, self.places = nn.Embedding(words, 8), nn.Embedding(places, 8)
            self.top = nn.Linear(8, 2)

        def forward(self, ids):
            return self.top((self.words(ids) + self.places({read})).mean(1))


    def sentences(count, {parameter}):
        for at in range(count):
            yield torch.randint(1, 40, (9 + (at * 7 + 17) % ({parameter} - 10),))


    def batches(made, rows):
        for at in range(0, len(made), rows):
            yield pad_sequence(made[at : at + rows], batch_first=True)


    LIMIT = 34
    made = list({call})
    model = Reader(40)
    print([round(model(ids).sum().item(), 4) for ids in batches(made, 2)])
"""
READS = ["torch.arange(ids.size(1))", "torch.arange(ids.shape[1]).unsqueeze(0).expand(len(ids), -1)"]


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize(
    ("parameter", "call"),
    [("longest", "sentences(30, longest=34)"), ("limit", "sentences(30, LIMIT)"), ("most", "sentences(6, 34)")],
)
def test_the_table_is_as_long_as_the_sequences_are_told_to_be(read, parameter, call):
    program = PROGRAM.format(places="{}", read=read, parameter=parameter, call=call)
    found = mended(program.format(12))
    assert "def __init__(self, words, places=34):" in found.text
    assert found.output == printed(program.format(34))
    assert len(found.diagnoses) == 1
    assert not found.doubts


LOOP = """
    table = nn.Embedding({}, 4)


    def batch(rows{}):
        return torch.randn(rows, {}, 4)


    for rows, steps in ((3, 5), (2, 11)):
        x = batch({})
        print((x + table(torch.arange(x.size(1)))).shape)
"""


def test_the_length_of_one_batch_need_not_be_the_longest():
    found = mended(LOOP.format(7, ", steps", "steps", "rows, steps"), most=1)
    assert found.output != "crashed"
    assert found.doubts


def test_a_length_that_is_written_is_that_of_all():
    found = mended(LOOP.format(7, ", samples", "11", "rows, 20").replace("randn(rows", "randn(rows + 0 * samples"))
    assert "nn.Embedding(11, 4)" in found.text
    assert not found.doubts


def test_a_count_of_samples_is_no_length():
    program = """
        import torch.utils.data as data

        steps = 3 * 4


        def make(count):
            return [torch.randn(steps, 4) for _ in range(count)]


        table = nn.Embedding(9, 4)
        for x in data.DataLoader(make(16), 4):
            print((x + table(torch.arange(x.size(1)))).shape)
    """
    assert "nn.Embedding(16, 4)" not in mended(program).text

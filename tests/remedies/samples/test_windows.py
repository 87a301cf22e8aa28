"""Windows of a long sequence: those that run beyond its end are left out where a window must be whole."""

import pytest
from mended import mended, printed

WINDOWS = """
    from torch.utils.data import DataLoader, Dataset


    class Windows(Dataset):
        def __init__(self, notes, size, step):
            self.pairs = [
                (torch.tensor(notes[at : at + size]), torch.tensor(notes[at + 1 : at + size + 1]))
                for at in range(0, {stop}, step)
            ]

        def __len__(self):
            return len(self.pairs)

        def __getitem__(self, at):
            return self.pairs[at]


    net = nn.Sequential(nn.Embedding(30, 5), nn.Linear(5, 30))
    for given, wanted in DataLoader(Windows(list(range(29)), 6, 4), batch_size=4):
        print(round(F.cross_entropy(net(given).flatten(0, 1), wanted.flatten()).item(), 4))
"""


@pytest.mark.parametrize("stop", ["len(notes)", "len(notes) - 1"])
def test_the_last_window_is_a_whole_one(stop):
    found = mended(WINDOWS.format(stop=stop))
    assert found.changed == ["for at in range(0, len(notes) - size, step)"]
    assert found.output == printed(WINDOWS.format(stop="len(notes) - size"))
    assert not found.doubts


def test_sequences_of_their_own_lengths_are_padded():
    program = """
        from torch.utils.data import DataLoader

        rows = [torch.ones(at % 3 + 2) for at in range(9)]
        for batch in DataLoader(rows, batch_size=3):
            print(batch.shape)
    """
    assert "range" not in "".join(mended(program).changed)


CHUNKS = """
    stream = torch.arange(45).remainder(7).view(3, 15).t()


    def chunk(source, at, most=6):
        many = {many}
        return source[at : at + many], source[at + 1 : at + 1 + many]


    net = nn.Sequential(nn.Embedding(7, 5), nn.Linear(5, 7))
    for at in range(0, stream.size(0) - 1, 6):
        given, wanted = chunk(stream, at)
        print(round(F.cross_entropy(net(given).flatten(0, 1), wanted.reshape(-1)).item(), 4))
"""


@pytest.mark.parametrize("left", ["len(source)", "source.size(0)", "source.shape[0]"])
def test_the_last_chunk_leaves_a_step_that_is_foretold(left):
    found = mended(CHUNKS.format(many=f"min(most, {left} - at)"))
    assert found.changed == [f"many = min(most, {left} - 1 - at)"]
    assert found.output == printed(CHUNKS.format(many=f"min(most, {left} - 1 - at)"))
    assert not found.doubts

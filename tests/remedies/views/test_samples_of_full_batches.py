"""A view that is told how many samples full batches have, in the last batch, where its -1 takes up the rest."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.utils.data import DataLoader, TensorDataset

    ROWS = 4

    class Net(nn.Module):
        def __init__(self, rows):
            super().__init__()
            self.rows = rows
            self.conv, self.next = nn.Conv2d(3, 8, 3, padding=1), nn.Sequential({norm}, nn.ReLU())

        def forward(self, x):
            n = {count}
            maps = self.conv(x)
            {name} = {view}
            return self.next({name}).mean((1, 2, 3))

    net, data = Net(ROWS), TensorDataset(torch.randn({samples}, 3, 4, 6))
    for (x,) in DataLoader(data, batch_size={batch}):
        print(round(net(x).sum().item(), 4))
"""
GIVEN = {"norm": "nn.BatchNorm2d(8)", "count": "x.size(0)", "samples": 10, "batch": "ROWS"}
GIVEN |= {"name": "wide", "view": "maps.view(n, -1, 2, 12)"}


@pytest.mark.parametrize(
    ("told", "right"),
    [
        ({"count": "self.rows"}, {"count": "x.size(0)"}),
        ({"count": "self.rows", "name": "maps"}, {"count": "x.size(0)"}),
        ({"view": "maps.reshape((ROWS, -1, 2, 12))"}, {"view": "maps.reshape((x.size(0), -1, 2, 12))"}),
        ({"view": "torch.reshape(maps, (ROWS, -1, 2, 12))"}, {"view": "torch.reshape(maps, (x.size(0), -1, 2, 12))"}),
        ({"count": "ROWS", "view": "maps.view(n, -1, 24).unflatten(2, (2, 12))"}, {"count": "x.size(0)"}),
        ({"count": "self.rows", "norm": "nn.Conv2d(8, 5, 1)"}, {"count": "x.size(0)"}),
    ],
)
def test_the_samples_are_asked_of_the_input(told, right):
    found = mended(PROGRAM.format(**GIVEN | told), most=1)
    assert found.diagnoses[0].slug == "batch_size_written_down"
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(**GIVEN | told | right))


def test_a_number_that_is_that_of_no_loader_is_left_alone():
    found = mended(PROGRAM.format(**GIVEN | {"count": "self.rows", "samples": 2, "batch": "2"}), most=1)
    assert found.diagnoses[0].slug != "batch_size_written_down"


STATE = """
    from torch.utils.data import DataLoader, TensorDataset

    rnn, out = nn.GRU(3, 5), nn.Linear(5, 2)


    def read(x):
        x = x.transpose(0, 1)
        h = rnn(x)[1]
        return out(h.view(4, -1))


    for (x,) in DataLoader(TensorDataset(torch.randn(10, 6, 3)), batch_size=4):
        print(round(read(x).sum().item(), 4))
"""


def test_a_state_of_one_layer_is_no_batch_of_one_for_sure():
    assert mended(STATE, most=1).doubts

"""How many items there are of what is no list, where lines are read on."""

import pytest
from ways_ahead import ways_instead_of

DATA = """
    class Rows:
        def __init__(self):
            self.rows = [torch.randn(5) for _ in range({count})]

        def __len__(self):
            {length}

        def __getitem__(self, at):
            return self.rows[at]

    class Net(nn.Module):
        def __init__(self, many, wide):
            super().__init__()
            self.first, self.names = nn.Linear(wide, 4), nn.Embedding(many, 4)
            self.norm = nn.LayerNorm(4)

        def forward(self, x, at):
            return self.norm(self.first(x) + self.names(at))

    rows = Rows()
    net = Net(len(rows), 7)
    print(net(torch.randn(3, 5), torch.arange(3)).shape)
"""


@pytest.mark.parametrize("count", [6, 66])
@pytest.mark.parametrize("length", ["return len(self.rows)", "many = len(self.rows)\n            return max(many, 4)"])
def test_a_data_set_is_counted_as_it_counts_itself(count, length):
    program = DATA.format(count=count, length=length)
    assert ways_instead_of(program, "7", "5", "6") == [True, False]


def test_what_counts_itself_by_what_is_not_known_is_not_counted():
    program = DATA.format(count=6, length="import os\n            return 6 + 0 * os.getpid()")
    assert ways_instead_of(program, "7", "5") == [None]


def test_a_choice_by_a_drawn_number_is_what_either_way_gives():
    program = """
    import random

    class Net(nn.Module):
        def __init__(self, wide, deep):
            super().__init__()
            self.first, self.norm = nn.Linear(wide, deep), nn.LayerNorm(4)

        def forward(self, x):
            x = self.first(x)
            x = x if random.random() < 0.5 else -x
            return self.norm(x)

    net = Net(7, 4)
    print(net(torch.randn(3, 5)).shape)
    """
    assert ways_instead_of(program, "Net(7, 4)", "Net(5, 4)", "Net(5, 6)") == [True, False]

"""What hangs on a number that is drawn, and how many items there are of what is no list, where lines are read on."""

import pytest
from ways_ahead import ways_instead_of

DRAWN = """
    import random

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.cell, self.out = nn.Embedding(9, 4), nn.GRU(4, 6), nn.Linear(6, 9)

        def forward(self, token, state):
            out, state = self.cell(self.embed(token.unsqueeze(0)), state)
            return self.out(out.squeeze(0)), state

    step, target = Step(), torch.randint(0, 9, (5, 3))
    state = torch.zeros(3, 6)
    token = target[0]
    for t in {rounds}:
        scores, state = step(token, state)
        token = {token}
    print(scores.shape)
"""


@pytest.mark.parametrize(
    ("token", "rounds", "goes_on"),
    [
        ("target[t] if random.random() < 0.5 else scores.argmax(1)", "range(1, 5)", False),
        ("scores.argmax(1) if random.random() < 0.5 else target[t]", "range(1, 5)", False),
        # The last round hands on nothing, and of those of other loops no more is read.
        ("target[t] if random.random() < 0.5 else scores.argmax(1)", "range(1, 2)", True),
        ("target[t] if random.random() < 0.5 else scores.argmax(1)", "iter(range(1, 5))", True),
        # Of another shape one way, and refused one way: nothing is known behind it.
        ("target[t] if random.random() < 0.5 else scores.argmax(1)[None]", "range(1, 5)", True),
        ("target[t] if random.random() < 0.5 else scores.view(7)", "range(1, 5)", True),
    ],
)
def test_a_choice_by_a_drawn_number_is_what_either_way_gives(token, rounds, goes_on):
    program = DRAWN.format(token=token, rounds=rounds)
    assert ways_instead_of(program, "torch.zeros(3, 6)", "torch.zeros(1, 3, 6)") == [True]
    inside = program.replace("self.embed(token.unsqueeze(0)), state)", "self.embed(token.unsqueeze(0)), state[:])")
    assert ways_instead_of(inside, "state[:]", "state[None]") == [goes_on]


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

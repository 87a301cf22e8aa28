"""Tuples that recurrent layers give back, where tensors are wanted."""

import pytest
from mended import mended, printed

TWO_READERS = """
    class Both(nn.Module):
        def __init__(self, kind):
            super().__init__()
            self.left, self.right = getattr(nn, kind)(5, 6), getattr(nn, kind)(5, 6)
            self.bridge = nn.Linear(12, 3)

        def forward(self, a, b):
            {taken}
            return self.bridge({join}([{parts}], -1))


    print(round(Both({kind!r})(torch.randn(7, 2, 5), torch.randn(7, 2, 5)).sum().item(), 4))
"""
STATES = """_, one = self.left(a)
            _, other = self.right(b)"""
OUTPUTS = "one, other = self.left(a), self.right(b)"


@pytest.mark.parametrize("join", ["torch.cat", "torch.concat"])
@pytest.mark.parametrize(("kind", "taken"), [("LSTM", STATES), ("GRU", OUTPUTS)])
def test_all_tuples_of_a_join_are_taken_apart_at_once(kind, taken, join):
    found = mended(TWO_READERS.format(kind=kind, taken=taken, join=join, parts="one, other"), most=1)
    assert found.diagnoses[0].slug == "tuple_not_unpacked"
    assert not found.doubts
    right = TWO_READERS.format(kind=kind, taken=taken, join=join, parts="one[0], other[0]")
    assert found.output == printed(right)


KEPT_ROUND = """
    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.out = nn.GRU(3, 6, batch_first=True), nn.Linear(6, 1)

        def forward(self, x, state):
            seen, state = self.rnn(x, state)
            return self.out(seen[:, -1]), state


    tagger, carried, parts = Tagger(), torch.zeros(1, 4, 6), torch.randn(5, 4, 7, 3)
    step = torch.optim.SGD(tagger.parameters(), 0.1)
    for part in parts:
        {first}
        {taken} = tagger(part, carried)
        loss = F.mse_loss(guess, part[:, 0, :1])
        step.zero_grad()
        loss.backward()
        step.step()
    print(round(loss.item(), 5))
"""


@pytest.mark.parametrize("first", ["carried = carried.detach()", "carried = carried.data.clone()"])
def test_a_state_that_each_round_makes_of_itself_is_carried(first):
    found = mended(KEPT_ROUND.format(first=first, taken="guess"), most=1)
    assert found.output == printed(KEPT_ROUND.format(first=first, taken="guess, carried"))
    assert not found.doubts


def test_a_state_that_each_round_makes_anew_is_not_carried():
    first = "carried = torch.zeros(1, 4, 6)"
    found = mended(KEPT_ROUND.format(first=first, taken="guess"), most=1)
    assert found.output == printed(KEPT_ROUND.format(first=first, taken="guess, _"))


OF_CELL = """
    class Cell(nn.Module):
        def __init__(self, width=4, hidden=6):
            super().__init__()
            self.gate, self.out = nn.Linear(width + hidden, hidden), nn.Linear(hidden, hidden)

        def forward(self, x, both):
            fast, slow = both
            opened = self.gate(torch.cat([x, fast], 1)).sigmoid()
            {line}
            {last}

    pair = torch.randn(3, 6), torch.randn(3, 6)
    print(round(Cell()(torch.randn(3, 4), pair).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("bad", "last"),
    [
        ("slow = opened * both", "return slow.tanh()"),
        ("kept = self.out(both)", "return kept * opened"),
        ("slow = torch.sigmoid(both) * opened", "return self.out(slow)"),
    ],
)
def test_of_a_tuple_that_was_taken_apart_the_part_is_meant_that_nobody_reads(bad, last):
    found = mended(OF_CELL.format(line=bad, last=last), most=1)
    assert found.changed == [bad.replace("both", "slow")]
    assert found.output == printed(OF_CELL.format(line=bad.replace("both", "slow"), last=last))
    assert not found.doubts


def test_where_all_parts_are_read_none_of_them_is_surely_meant():
    program = OF_CELL.format(line="kept = opened * both", last="return kept * opened + slow")
    offered = mended(program, most=1).diagnoses[0].fixes
    assert not any(fix.title.startswith("both -> ") for fix in offered)


NAMED_IN_THE_FILE = """
    class Net(nn.Module):
        def __init__(self, n):
            super().__init__()
            self.look = nn.MultiheadAttention(n, 2, batch_first=True)

        def forward(self, x):
            {names} = self.look(x, x, x)
            return x + seen, scores

    net = Net(4)
    {before}
    for _ in range(2):
        y, scores = net(torch.randn(2, 5, 4))
        print(y.sum().item(), scores.shape)
"""


def test_a_name_that_the_file_gives_only_later_is_missing():
    found = mended(NAMED_IN_THE_FILE.format(names="seen", before="pass"))
    assert found.output == printed(NAMED_IN_THE_FILE.format(names="seen, scores", before="pass"))
    assert not found.doubts


def test_a_name_that_the_file_has_given_already_is_not_missing():
    found = mended(NAMED_IN_THE_FILE.format(names="seen", before="scores = torch.zeros(3)"), most=1)
    assert found.changed == ["seen, _ = self.look(x, x, x)"]


TWO_STATES = """
    class Pair(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.other = nn.{kind}(3, 4, batch_first=True), nn.{kind}(5, 4, batch_first=True)

        def forward(self, x, y):
            outs, state = self.one(x)
            more, last = self.other(y)
            return ({both}) / 2

    print(round(Pair()(torch.randn(2, 6, 3), torch.randn(2, 7, 5)).std().item(), 4))
"""


@pytest.mark.parametrize(
    ("both", "right"), [("state + last", "state[0] + last[0]"), ("last + state", "last[0] + state[0]")]
)
def test_of_states_that_are_added_the_first_part_of_each_is_meant(both, right):
    found = mended(TWO_STATES.format(kind="LSTM", both=both), most=1)
    assert found.changed == [f"return ({right}) / 2"]
    assert found.output == printed(TWO_STATES.format(kind="LSTM", both=right))


IN_A_ROW = """
    class Last(nn.Module):
        def forward(self, x):
            return {taken}

    def made(n):
        x = torch.randn(n, 6, 4)
        return x, x.sum((1, 2))

    x, y = made(5)
    net = nn.Sequential(nn.GRU(4, 3, batch_first=True), Last(), nn.Linear(3, 2))
    print(net(x).sum().item())
"""


def test_what_a_container_hands_on_is_not_what_it_was_given():
    found = mended(IN_A_ROW.format(taken="x[:, -1, :]"))
    assert found.changed == ["return x[0][:, -1, :]"]
    assert found.output == printed(IN_A_ROW.format(taken="x[0][:, -1, :]"))

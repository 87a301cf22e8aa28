"""Changes with which a script runs, where the script itself says that another one may have been meant: in doubt."""

import pytest
from mended import mended, printed

BRIDGE = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.bridge = nn.Linear(8, 8)
            self.lstm_in, self.lstm_out = nn.LSTM(5, 8), nn.LSTM(4, 8)

        def forward(self, x, y):
            _, state = self.lstm_in(x)
            {cut}
            return self.lstm_out(y, {handed})[0]


    print(Reader()(torch.randn(7, 3, 5), torch.randn(6, 3, 4)).shape)
"""
LAYERS = """
    class Writer(nn.Module):
        def __init__(self, {asked}):
            super().__init__()
            self.rnn = nn.GRU(4, 8, {given})

        def forward(self, x, state):
            return self.rnn(x, state)[0]


    _, state = nn.GRU(5, 8, num_layers=2)(torch.randn(7, 3, 5))
    print(Writer()(torch.randn(6, 3, 4), state).shape)
"""
ONE_HOT = """
    KINDS = ["sit", "fall", "walk", "lie"]
    net = nn.Sequential(nn.Linear(6, len(KINDS)), nn.Sigmoid())
    x, y = torch.randn(12, 6), torch.randint(0, len(KINDS), (12, 1)).float()


    def learn(x, y):
        out = net(x)
        loss = nn.BCELoss()(out, y)
        loss.backward()
        return {also}


    print(learn(x, y))
"""


def test_a_pair_of_which_the_script_takes_the_first_part():
    cut = "state = state[0]"
    found = mended(BRIDGE.format(cut=cut, handed="torch.tanh(self.bridge(state))"))
    assert "the first part of such a pair" in found.doubts[0]


def test_layers_that_who_makes_the_layer_is_asked_for():
    found = mended(LAYERS.format(asked="layers=1", given="layers"))
    assert "as many layers as the state has" in found.doubts[0]
    assert not mended(LAYERS.format(asked="width=8", given="1")).doubts


def test_labels_that_something_else_reads_as_they_are():
    read = mended(ONE_HOT.format(also="(out.argmax(1) == y[:, 0]).float().mean().item() <= 1"))
    assert "something else reads the labels too" in read.doubts[0]
    assert not mended(ONE_HOT.format(also="loss.item() > 0")).doubts


@pytest.mark.parametrize(
    ("layer", "called", "is_open"),
    [
        ("nn.MultiheadAttention(8, 2, batch_first=True)", "(x, x, x)", True),
        ("nn.GRU(3, 8, batch_first=True)", "(x)", False),
    ],
)
def test_the_last_step_is_the_one_that_knows_all_only_behind_a_layer_that_walks(layer, called, is_open):
    width = 8 if is_open else 3
    found = mended(
        f"""
        x, labels = torch.randn(5, 6, {width}), torch.randint(0, 4, (5,))
        layer, head = {layer}, nn.Linear(8, 4)
        scores = head(layer{called}[0])
        print(F.cross_entropy(scores, labels).item())
        """
    )

    assert found.output != "crashed"
    assert bool(found.doubts) == is_open
    ways = {fix.title.removeprefix("scores"): fix.doubt for fix in found.diagnoses[0].fixes}
    assert (".mean(1)" in ways) == is_open
    assert ("a mean may be meant" in ways["[:, -1]"]) == is_open


HEADS = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = {layer}
        self.kind, self.much = nn.Linear(8, 4), nn.Linear(8, 3)

    def forward(self, x):
        y = torch.relu(self.mix({given})[0]){behind}
        return self.kind(y), {other}


net = Net()
kinds, much = net(torch.randn(5, 6, 8))
print(F.cross_entropy(kinds, torch.arange(5) % 4).item(), F.cross_entropy(much, torch.arange(5) % 3).item())
"""
ATTENDS = {"layer": "nn.MultiheadAttention(8, 2, batch_first=True)", "given": "x, x, x", "other": "self.much(y)"}
WALKS = {"layer": "nn.GRU(8, 8, batch_first=True)", "given": "x", "other": "self.much(y)"}


@pytest.mark.parametrize(("layers", "behind"), [(ATTENDS, ".mean(1)"), (WALKS, "[:, -1]")])
def test_what_several_heads_read_is_pooled_once_for_all_of_them(layers, behind):
    found = mended(HEADS.format(**layers, behind=""))
    assert len(found.diagnoses) == 1
    assert found.changed == [HEADS.format(**layers, behind=behind).splitlines()[8].strip()]
    assert found.output == printed(HEADS.format(**layers, behind=behind))


def test_what_is_read_step_by_step_beside_a_head_stays_as_it_is():
    # One head scores every step, as it is meant to: the loss of the other one is where the steps end.
    program = HEADS.format(**ATTENDS | {"other": "y.flatten(0, 1) @ self.much.weight.T"}, behind="")
    found = mended(program.replace("torch.arange(5) % 3", "torch.arange(30) % 3"))
    assert "y = " not in found.changed[0]
    assert found.output != "crashed"


def test_rows_that_meet_several_vectors_may_be_one_number_each():
    program = """
    torch.manual_seed(1)
    values, reward, going = nn.Linear(4, 2)(torch.randn(6, 4)), torch.ones(6), torch.tensor([1.0, 1, 0, 1, 1, 0])
    print((reward + 0.9 * values * going).sum().item())
    """
    found = mended(program, most=1).diagnoses[0]
    assert all("one column of each row" in fix.doubt for fix in found.fixes[:1])


def test_a_single_vector_weighs_the_rows_without_doubt():
    program = """
    torch.manual_seed(1)
    values, weights = nn.Linear(4, 2)(torch.randn(6, 4)), torch.rand(6)
    print((values * weights).sum().item())
    """
    assert mended(program).doubts == []


def test_a_number_that_other_sizes_follow_is_changed_in_doubt():
    program = """
    class Flow(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.order, self.shift = torch.arange(width).flip(0), nn.Linear(width // 2, width)

        def forward(self, x):
            first, second = x[:, self.order].chunk(2, dim=1)
            return torch.cat([first, second + self.shift(first)], dim=1)


    print(Flow(6)(torch.randn(5, 6)).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert {fix.title for fix in fixes if not fix.doubt} & {"6 -> 3", "out_features=3"} == set()


@pytest.mark.parametrize(("index", "is_sure"), [("lengths - 1", False), (":", True)])
def test_steps_of_their_own_that_are_picked_elsewhere_may_be_meant(index, is_sure):
    program = f"""
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.top = nn.GRU(5, 6), nn.Linear(6, 2)

        def forward(self, x, lengths):
            return self.top(self.rnn(x)[0][{index}])


    torch.manual_seed(1)
    scores = Net()(torch.randn(7, 4, 5), torch.tensor([2, 7, 3, 1]))
    print(F.cross_entropy(scores, torch.tensor([0, 1, 1, 0])).item())
    """
    fixes = [each for each in mended(program, most=1).diagnoses[0].fixes if each.title.endswith("-1]")]
    assert fixes
    assert all((not each.doubt) is is_sure for each in fixes)

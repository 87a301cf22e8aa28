"""A method of one tensor that is asked of the pair (h, c)."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(4, 6, 2, batch_first=True)
            self.linear = nn.Linear(6, 3)

        def init_hidden(self, count):
            return torch.zeros(2, count, 6), torch.zeros(2, count, 6)

        def forward(self, x, hidden):
            out, hidden = self.rnn(x, hidden)
            return self.linear(out), hidden

    def cut(state):
        return {cut}

    net, losses = Net(), []
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    hidden = {first}
    for step in range(3):
        out, hidden = net(torch.randn(5, 7, 4), {given})
        loss = out.pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        {behind}
    print(losses)
"""
RIGHT = {
    "cut": "tuple(each.detach() for each in state)",
    "first": "net.init_hidden(5)",
    "given": "hidden",
    "behind": "hidden = cut(hidden)",
}


@pytest.mark.parametrize(
    ("place", "wrong", "right"),
    [
        ("behind", "hidden = hidden.detach()", "hidden = tuple(part.detach() for part in hidden)"),
        ("behind", "hidden = hidden.data", "hidden = tuple(part.data for part in hidden)"),
        ("behind", "hidden.detach_()", "tuple(part.detach_() for part in hidden)"),
        ("given", "hidden.detach()", "tuple(part.detach() for part in hidden)"),
        ("first", 'net.init_hidden(5).to("cpu")', 'tuple(part.to("cpu") for part in net.init_hidden(5))'),
        ("cut", "state.detach().clone()", "tuple(part.detach().clone() for part in state)"),
        (
            "cut",
            "torch.autograd.Variable(state.data)",
            "tuple(torch.autograd.Variable(part.data) for part in state)",
        ),
        (
            "behind",
            "assert hidden.size(1) == 5; hidden = cut(hidden)",
            "assert hidden[0].size(1) == 5; hidden = cut(hidden)",
        ),
    ],
)
def test_it_is_asked_of_both(place, wrong, right):
    found = mended(PROGRAM.format(**{**RIGHT, place: wrong}), most=1)
    assert found.diagnoses[0].slug == "tuple_not_unpacked"
    assert right in found.changed[0]
    assert found.output == printed(PROGRAM.format(**{**RIGHT, place: right}))
    assert not found.doubts


def test_what_a_layer_returns_whole_is_no_pair_of_states():
    # Of one step and one layer the output and the state have one shape.
    program = """
        old, gru, linear = nn.LSTM(4, 6), nn.GRU(4, 6), nn.Linear(6, 2)
        out = gru(torch.randn(1, 5, 4))
        out = out.detach()
        print(linear(out).shape)
    """
    titles = [fix.title for fix in mended(program, most=1).diagnoses[0].fixes]
    assert not any("for part in" in title for title in titles)


def test_two_outputs_of_one_shape_are_no_states():
    program = """
        class Twins(nn.Module):
            def __init__(self):
                super().__init__()
                self.rnn, self.left, self.right = nn.LSTM(4, 6), nn.Linear(6, 3), nn.Linear(6, 3)

            def forward(self, x):
                out, _ = self.rnn(x)
                return self.left(out), self.right(out)

        net = Twins()
        out = net(torch.randn(7, 5, 4))
        print(F.mse_loss(out.detach(), torch.zeros(7, 5, 3)).item())
    """
    titles = [fix.title for fix in mended(program, most=1).diagnoses[0].fixes]
    assert not any("for part in" in title for title in titles)


SEVERAL_KINDS = """
    class Decoder(nn.Module):
        def __init__(self, kind):
            super().__init__()
            self.kind, self.core = kind, {{"GRU": nn.GRU, "LSTM": nn.LSTM}}[kind](4, 6, 2)

        def begin(self, count):
            first = torch.zeros(2, count, 6)
            {returned}

        def forward(self, x):
            state = {state}
            return self.core(x, state)[0]

    torch.manual_seed(1)
    print(Decoder("LSTM")(torch.randn(5, 3, 4)).sum().item())
"""
BY_BRANCH = """if self.kind == "LSTM":
                return first, torch.zeros_like(first)
            return first"""


@pytest.mark.parametrize(
    ("returned", "method", "right"),
    [
        (BY_BRANCH, "contiguous()", "self.begin(x.size(1))"),
        (BY_BRANCH, 'to("cpu")', 'tuple(part.to("cpu") for part in self.begin(x.size(1)))'),
        (
            "return first, torch.ones_like(first)",
            "contiguous()",
            "tuple(part.contiguous() for part in self.begin(x.size(1)))",
        ),
    ],
)
def test_a_function_that_gives_a_pair_for_one_kind_of_layer(returned, method, right):
    found = mended(SEVERAL_KINDS.format(returned=returned, state=f"self.begin(x.size(1)).{method}"))
    assert found.changed == [f"state = {right}"]
    assert not found.doubts
    assert found.output == printed(SEVERAL_KINDS.format(returned=returned, state=right))

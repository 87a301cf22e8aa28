"""States of both directions for a layer of one: merged as the script merges the steps, or joined along another axis."""

import pytest
from mended import mended, printed

TWO_WAYS = """
    class Listener(nn.Module):
        def __init__(self, width, layers):
            super().__init__()
            self.width = width
            self.rnn = nn.{kind}(4, width, layers, batch_first=True, bidirectional=True)

        def forward(self, x):
            steps, state = self.rnn(x)
            {merge}
            return steps, state

    class Speaker(nn.Module):
        def __init__(self, width, layers):
            super().__init__()
            self.rnn = nn.{kind}(4, width, layers, batch_first=True)

        def forward(self, x, state, steps):
            heard, state = self.rnn(x, state)
            weights = torch.softmax(heard @ steps.transpose(1, 2), -1)
            return heard + weights @ steps, state

    torch.manual_seed(1)
    listener, speaker = Listener(6, {layers}), Speaker(6, {layers})
    steps, state = listener(torch.randn(3, 7, 4))
    said = torch.randn(3, 2, 4)
    for at in range(2):
        out, state = speaker(said[:, at : at + 1], state, steps)
    print(out.sum().item())
"""
SUMS = [
    "steps = steps[..., : self.width] + steps[..., self.width :]",
    "there, back = steps.chunk(2, dim=-1); steps = back + there",
    "there, back = steps[:, :, : self.width], steps[:, :, self.width :]; steps = there + back",
    "steps = sum(torch.split(steps, self.width, dim=2))",
    "steps = steps.reshape(*steps.shape[:2], 2, -1).sum(dim=2)",
]
MEANS = [
    "there, back = steps.split(self.width, dim=-1); steps = (there + back) / 2",
    "there, back = torch.chunk(steps, 2, dim=-1); steps = 0.5 * (there + back)",
    "steps = torch.mean(steps.unflatten(-1, (2, self.width)), 2)",
    "steps = torch.stack(steps.chunk(2, -1)).mean(0)",
]


@pytest.mark.parametrize(("merge", "way"), [*((each, "sum") for each in SUMS), *((each, "mean") for each in MEANS)])
@pytest.mark.parametrize(("kind", "layers"), [("GRU", 1), ("GRU", 2), ("LSTM", 2)])
def test_the_state_is_merged_as_the_steps_are(merge, way, kind, layers):
    program = TWO_WAYS.format(merge=merge, kind=kind, layers=layers)
    new = f"{{}}.{way}(0, keepdim=True)" if layers == 1 else f"{{}}.unflatten(0, (-1, 2)).{way}(1)"
    new = f"tuple({new.format('each')} for each in state)" if kind == "LSTM" else new.format("state")
    found = mended(program)
    assert found.changed == [f"return steps, {new}"]
    # Of several layers many take the first rows, although these are of one layer both ways.
    assert bool(found.doubts) is (layers > 1)
    assert found.output == printed(program.replace("return steps, state", f"return steps, {new}"))


@pytest.mark.parametrize("merge", ["steps = steps[..., : self.width]", "steps = steps[..., self.width :] + 0"])
def test_without_a_sign_the_way_is_in_doubt(merge):
    assert mended(TWO_WAYS.format(merge=merge, kind="GRU", layers=1)).doubts


TWO_LAYERS = """
    class Beside(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.rnn = nn.GRU(5, size, bidirectional=True)

        def forward(self, x):
            steps, _ = self.rnn(x)
            {beside}

    class Pair(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.size, self.is_added, self.beside = size, False, Beside(size)
            self.rnn = nn.GRU(5, size, bidirectional=True)
            self.speak = nn.GRU(5, size)

        def forward(self, x, y):
            steps, state = self.rnn(x)
            {own}
            return self.speak(y, state)[0] + steps.mean(0) + self.beside(x).mean(0)

    print(Pair(6)(torch.randn(7, 3, 5), torch.randn(4, 3, 5)).sum().item())
"""
ADDED = "steps[:, :, : self.size] + steps[:, :, self.size :]"


@pytest.mark.parametrize(
    ("beside", "own"),
    [
        ("return sum(steps.chunk(2, dim=2))", "steps = steps[..., : self.size]"),
        ("return steps.chunk(2, dim=2)[0]", f"steps = {ADDED} if self.is_added else steps[..., : self.size]"),
    ],
)
def test_steps_of_another_layer_or_of_a_branch_say_nothing(beside, own):
    fixes = mended(TWO_LAYERS.format(beside=beside, own=own), most=1).diagnoses[0].fixes
    assert all(fix.doubt for fix in fixes)


def test_steps_of_the_layer_itself_say_how():
    program = TWO_LAYERS.format(beside="return steps.chunk(2, dim=2)[0]", own=f"steps = {ADDED}")
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert [fix.title for fix in fixes if not fix.doubt] == ["state.sum(0, keepdim=True)"]


JOINED = """
    class Bridge(nn.Module):
        def forward(self, state):
            {first}
            return {join}

    class Reader(nn.Module):
        def __init__(self, width, layers):
            super().__init__()
            self.bridge = Bridge()
            self.there_and_back = nn.{kind}(4, width, layers, bidirectional=True)
            self.rnn = nn.{kind}(4, 2 * width, layers)

        def forward(self, x, y):
            state = self.there_and_back(x)[1]
            return self.rnn(y, {state})[0]

    torch.manual_seed(1)
    print(Reader(5, {layers})(torch.randn(7, 3, 4), torch.randn(6, 3, 4)).sum().item())
"""


@pytest.mark.parametrize(
    ("first", "join", "right", "layers"),
    [
        ("pass", "torch.cat([state[0::2], state[1::2]], 0)", "torch.cat([state[0::2], state[1::2]], 2)", 2),
        ("pass", "torch.cat([state[0::2], state[1::2]])", "torch.cat([state[0::2], state[1::2]], dim=-1)", 2),
        ("a, b = state[:1], state[1:]", "torch.cat((a, b), dim=1)", "torch.cat((a, b), dim=2)", 1),
        ("a, b = state[-2], state[-1]", "torch.cat((a, b), 0).unsqueeze(0)", "torch.cat((a, b), 1).unsqueeze(0)", 1),
    ],
)
@pytest.mark.parametrize(
    ("kind", "state"), [("GRU", "self.bridge(state)"), ("LSTM", "(self.bridge(state[0]), self.bridge(state[1]))")]
)
def test_directions_joined_along_another_axis(first, join, right, layers, kind, state):
    program = JOINED.format(first=first, join=join, layers=layers, kind=kind, state=state)
    found = mended(program)
    assert found.changed == [f"return {right}"]
    assert not found.doubts
    assert found.output == printed(program.replace(join, right))


def test_a_join_that_only_what_was_read_comes_from_is_left():
    program = """
    there_and_back, rnn = nn.GRU(4, 5, bidirectional=True), nn.GRU(4, 10)
    x = torch.cat([torch.randn(7, 3, 4), torch.randn(2, 3, 4)], dim=0)
    _, state = there_and_back(x)
    print(rnn(torch.randn(6, 3, 4), state)[0].shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("dim=2" in fix.title or "->" in fix.title for fix in fixes)

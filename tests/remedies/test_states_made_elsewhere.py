"""States that a method makes, or that are learned and copied for each sample, where they have other sizes."""

import pytest
from mended import mended, printed

LEARNED = """
class Net(nn.Module):
    def __init__(self, layers=2):
        super().__init__()
        self.layers = layers
        self.h = nn.Parameter(torch.zeros(self.layers, 1, 6))
        self.c = nn.Parameter(torch.zeros(self.layers, 1, 6))
        self.rnn = nn.LSTM(3, 6, layers, batch_first=True, bidirectional=True)

    def start(self, n):
        return {start}

    def forward(self, x):
        return self.rnn(x, self.start(x.size(0)))[0]


print(Net()(torch.randn(4, 5, 3)).sum().item())
"""
CELL = """
class Policy(nn.Module):
    def __init__(self, seen, width):
        super().__init__()
        self.seen, self.enter, self.cell = seen, nn.Linear(seen, width), nn.{kind}(width, width)

    def begin(self, n):
        return {begin}

    def step(self, x, state):
        return self.cell(self.enter(x).relu(), state)


policy = Policy(5, 8)
state = policy.begin(3)
for _ in range(2):
    state = policy.step(torch.randn(3, 5), state)
print(state[0].sum().item())
"""


@pytest.mark.parametrize(
    "start",
    [
        "self.h.repeat(1, n, 1), self.c.repeat(1, n, 1)",
        "self.h.expand(-1, n, -1).contiguous(), self.c.expand(-1, n, -1).contiguous()",
    ],
)
def test_learned_states_have_a_row_for_each_direction(start):
    program = LEARNED.format(start=start)
    found = mended(program)
    assert "torch.zeros(2 * self.layers, 1, 6)" in found.text
    assert found.output == printed(program.replace("zeros(self.layers", "zeros(2 * self.layers"))
    assert not found.doubts


@pytest.mark.parametrize(
    ("kind", "begin"),
    [
        ("GRUCell", "torch.zeros(n, self.seen)"),
        ("RNNCell", "torch.zeros((n, self.seen)).float()"),
        ("LSTMCell", "torch.zeros(n, self.seen), torch.zeros(n, 8)"),
    ],
)
def test_the_state_of_a_cell_is_made_as_wide_as_the_cell(kind, begin):
    program = CELL.format(kind=kind, begin=begin)
    found = mended(program)
    assert "self.cell.hidden_size" in found.text
    assert found.output == printed(program.replace("self.seen)", "8)"))
    assert not found.doubts


def test_the_layer_that_gave_the_state_is_named():
    program = """
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 6, bidirectional=True)

        def forward(self, x):
            return self.rnn(x)


    encoder, decoder = Encoder(), nn.GRU(6, 6)
    _, state = encoder(torch.randn(5, 4, 3))
    print(decoder(torch.randn(7, 4, 6), state)[0].sum())
    """
    [found] = mended(program, most=1).diagnoses
    assert "it is the state of nn.GRU(3, 6, bidirectional=True) in line 10" in found.explanation


def test_a_count_of_rows_that_both_states_read_is_changed_where_it_has_its_name():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(3, 6, 2, batch_first=True, bidirectional=True)

        def start(self, n):
            rows = {rows}
            return torch.zeros(rows, n, 6), torch.zeros(rows, n, 6)

        def forward(self, x):
            return self.rnn(x, self.start(len(x)))[0]

    print(Net()(torch.randn(4, 5, 3)).sum())
    """
    found = mended(program.format(rows="self.rnn.num_layers"))
    assert found.changed == ["rows = 2 * self.rnn.num_layers"]
    assert found.output == printed(program.format(rows="2 * self.rnn.num_layers"))


def test_a_projected_state_is_as_wide_as_the_projection_also_behind_a_cut():
    program = """
    sizes = {{"width": 8, "shown": 4}}
    rnn = nn.LSTM(3, sizes["width"], 2, proj_size=sizes["shown"])

    def zeros(n):
        h = torch.zeros(2, n, sizes["{h}"])
        c = torch.zeros(2, n, sizes["width"])
        return h, c

    def cut(state):
        return tuple(part.detach() for part in state)

    state = zeros(5)
    for x in torch.randn(2, 7, 5, 3):
        out, state = rnn(x, cut(state))
    print(out.sum().item())
    """
    found = mended(program.format(h="width"))
    assert found.changed == ['h = torch.zeros(2, n, sizes["shown"])']
    assert found.output == printed(program.format(h="shown"))


def test_both_states_are_turned_where_they_are_made_in_one():
    program = """
    code = torch.randn(5, 2 * 3 * 6)
    state = tuple({part} for part in code.view(-1, 2, 3, 6).unbind(1))
    print(nn.LSTM(4, 6, 3, batch_first=True)(torch.randn(5, 7, 4), state)[0].sum().item())
    """
    found = mended(program.format(part="part.contiguous()"))
    right = program.format(part="part.transpose(0, 1).contiguous()")
    assert "tuple(part.transpose(0, 1).contiguous() for part in" in found.text
    assert found.output == printed(right)


def test_a_state_that_a_cell_of_the_script_joins_has_the_rows_of_the_batch():
    program = """
    class Cell(nn.Module):
        def __init__(self, n):
            super().__init__()
            self.n, self.mix = n, nn.Conv2d(3, 2, 3, padding=1)

        def blank(self, n, size):
            z = torch.zeros(n, 2, *size)
            return z, z.clone()

        def forward(self, frames):
            h, c = self.blank({rows}, frames.shape[-2:])
            for t in range(frames.size(1)):
                c = self.mix(torch.cat([frames[:, t], h], dim=1)).tanh() + c
                h = c.tanh()
            return h

    cell = Cell(4)
    for frames in torch.randn(6, 3, 1, 5, 5).split(4):
        print(cell(frames).sum().item())
    """
    found = mended(program.format(rows="self.n"))
    assert found.changed == ["h, c = self.blank(frames.size(0), frames.shape[-2:])"]
    assert found.output == printed(program.format(rows="frames.size(0)"))


def test_a_size_is_not_asked_of_a_layer_that_is_made_below():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.h = nn.Parameter(torch.randn(1, 1, {width}))
            self.rnn, self.out = nn.GRU(3, 20, batch_first=True), nn.Linear(20, 2)

        def forward(self, x):
            return self.out(self.rnn(x, self.h.expand(-1, len(x), -1).contiguous())[0])

    print(Net()(torch.randn(4, 5, 3)).sum().item())
    """
    found = mended(program.format(width=16))
    assert found.changed == ["self.h = nn.Parameter(torch.randn(1, 1, 20))"]


def test_directions_are_joined_where_the_encoder_gives_them_and_not_in_each_round():
    program = """
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 4, batch_first=True, bidirectional=True)

        def forward(self, x):
            out, h = self.rnn(x)
            return out, {given}

    encoder, decoder = Encoder(), nn.GRU(3, 8, batch_first=True)
    memory, state = encoder(torch.randn(5, 6, 3))
    for x in torch.randn(2, 5, 1, 3):
        out, state = decoder(x, state)
    print(out.sum().item())
    """
    found = mended(program.format(given="h"))
    joined = "torch.cat([h[0::2], h[1::2]], dim=-1)"
    titles = [fix.title for fix in found.diagnoses[0].fixes]
    assert joined in titles
    assert not any("encoder(" in title for title in titles)
    assert printed(program.format(given=joined))


def test_a_learned_state_is_not_made_for_a_batch():
    program = LEARNED.format(start="self.h.expand(-1, 3, -1).contiguous(), self.c.expand(-1, 3, -1).contiguous()")
    program = program.replace("zeros(self.layers", "zeros(2 * self.layers")
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("Parameter" in edit.replacement for fix in fixes for edit in fix.edits)


SHAPED = """
    class Net(nn.Module):
        def __init__(self, layers=3):
            super().__init__()
            self.layers = layers
            self.rnn = nn.LSTM(4, 6, layers, batch_first=True, bidirectional=True)

        def blank(self, count):
            weight = next(self.parameters()).data
            shape = ({rows}, count, 6)
            return {made}

        def forward(self, x):
            return self.rnn(x, self.blank(len(x)))[0]


    print(Net()(torch.randn(5, 7, 4)).sum().item())
"""


@pytest.mark.parametrize(
    "made",
    [
        "(weight.new(*shape).zero_(), weight.new(*shape).zero_())",
        "(torch.zeros(shape), torch.zeros(shape))",
        "(weight.new_zeros(shape), weight.new_zeros(shape))",
    ],
)
def test_sizes_that_have_a_name_are_changed_where_they_stand(made):
    found = mended(SHAPED.format(rows="self.layers", made=made))
    assert found.changed == ["shape = (2 * self.layers, count, 6)"]
    assert found.output == printed(SHAPED.format(rows="2 * self.layers", made=made))
    assert not found.doubts


BRIDGE = """
    class Net(nn.Module):
        def __init__(self, given=5, seen=6, told=9):
            super().__init__()
            self.begin = {begin}
            self.rnn = nn.{kind}(4, {hidden}, batch_first=True)
            self.out = nn.Linear({read}, 3)

        def forward(self, z, x):
            start = torch.tanh(self.begin(z)).unsqueeze(0)
            steps, _ = self.rnn(x, {start})
            return self.out(steps)


    print(Net()(torch.randn(2, 5), torch.randn(2, 7, 4)).sum().item())
"""


@pytest.mark.parametrize(
    ("kind", "start"), [("GRU", "start"), ("RNN", "start"), ("LSTM", "(start, torch.zeros_like(start))")]
)
@pytest.mark.parametrize(
    "begin",
    ["nn.Linear(given, {})", "nn.Sequential(nn.Linear(given, 4), nn.ReLU(), nn.Linear(4, {}), nn.Dropout(0.0))"],
)
def test_the_linear_that_makes_a_state_is_as_wide_as_the_layer_and_its_reader(kind, start, begin):
    right = {"begin": begin.format("told"), "hidden": "told", "read": "told", "kind": kind, "start": start}
    found = mended(BRIDGE.format(**{**right, "begin": begin.format("seen")}))
    assert found.changed == [f"self.begin = {right['begin']}"]
    assert found.output == printed(BRIDGE.format(**right))
    assert not found.doubts
    # Where the reader is as wide as the state, it is the layer that is not.
    found = mended(BRIDGE.format(**{**right, "hidden": "seen"}))
    assert found.changed == [f"self.rnn = nn.{kind}(4, told, batch_first=True)"]


JOINED = """
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 5, bidirectional=True)

        def forward(self, x):
            _, state = self.rnn(x)
            return torch.cat((state[-2], state[-1]), {along})


    encoder, decoder = Encoder(), nn.GRU(2, 10)
    state = encoder(torch.randn(7, 4, 3))
    print(round(decoder(torch.randn(1, 4, 2), state.unsqueeze(0))[0].sum().item(), 4))
"""


@pytest.mark.parametrize(("wrong", "right"), [("dim=0", "dim=1"), ("0", "1")])
def test_two_directions_are_put_side_by_side(wrong, right):
    found = mended(JOINED.format(along=wrong))
    assert found.changed == [f"return torch.cat((state[-2], state[-1]), {right})"]
    assert found.output == printed(JOINED.format(along=right))
    assert not found.doubts


CELLS = """
    class Net(nn.Module):
        def __init__(self, given=3, seen=8):
            super().__init__()
            self.given, self.seen = given, seen
            self.cell, self.out = nn.LSTMCell(given, seen), nn.Linear(seen, 1)

        def start(self, n):
            h = torch.ones(n, self.{width})
            c = torch.ones(n, self.{width})
            return h, c

        def forward(self, x):
            h, c = self.start(len(x))
            for step in x.unbind(1):
                h, c = self.cell(step, (h, c))
            return self.out(h)


    print(round(Net()(torch.randn(4, 5, 3)).sum().item(), 4))
"""


def test_both_states_of_a_cell_are_made_as_wide_as_it_is():
    found = mended(CELLS.format(width="given"))
    assert found.output == printed(CELLS.format(width="seen"))
    assert not found.doubts


@pytest.mark.parametrize("second", ["torch.zeros_like(first)", "torch.autograd.Variable(torch.zeros_like(first))"])
def test_what_is_made_in_the_image_of_a_state_follows_it(second):
    program = """
    rnn = nn.LSTM(3, 5, 2, bidirectional=True)
    first = torch.zeros({rows}, 4, 5)
    second = {second}
    print(round(rnn(torch.randn(6, 4, 3), (first, second))[0].sum().item(), 4))
    """
    found = mended(program.format(rows="2", second=second))
    assert found.output == printed(program.format(rows="4", second=second))
    assert not found.doubts


def test_one_state_of_two_is_made_as_wide_as_the_other_right_where_it_is_given():
    program = """
    class Teller(nn.Module):
        def __init__(self, seen, told):
            super().__init__()
            self.first, self.kept = nn.Linear(seen, told), nn.Linear(seen, seen)
            self.rnn, self.out = nn.LSTM(5, told, batch_first=True), nn.Linear(told, 3)

        def forward(self, x, y):
            pair = (self.first(x).unsqueeze(0), self.kept(x).unsqueeze(0))
            return self.out(self.rnn(y, pair)[0])

    print(Teller(11, 6)(torch.randn(3, 11), torch.randn(3, 4, 5)).shape)
    """
    found = mended(program)
    assert found.changed == ["self.first, self.kept = nn.Linear(seen, told), nn.Linear(seen, told)"]
    assert not found.doubts


def test_a_cell_of_another_width_than_the_state_that_an_encoder_gave_is_in_doubt():
    program = """
    class Reader(nn.Module):
        def __init__(self, read, told):
            super().__init__()
            self.rnn, self.cell = nn.GRU(5, read), nn.GRUCell(5, told)

        def forward(self, x, y):
            return self.cell(y, self.rnn(x)[1][0])

    print(Reader(6, 8)(torch.randn(7, 3, 5), torch.randn(3, 5)).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert fixes
    assert all(fix.doubt for fix in fixes)

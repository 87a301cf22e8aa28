"""Layers that were made so many times too wide, or too narrow, for what their output goes together with."""

import pytest
from mended import mended, printed

DECODER = """
    class Bridge(nn.Module):
        def __init__(self, n_in, n_out):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(n_in, n_out), nn.Tanh())

        def forward(self, z):
            return self.net(z)


    class Decoder(nn.Module):
        def __init__(self, latent, hidden, n_out):
            super().__init__()
            self.bridge = Bridge(latent, {width})
            self.gru = nn.GRU(n_out, hidden, batch_first=True)
            self.out = nn.Linear(hidden, n_out)

        def forward(self, z, x):
            h = self.bridge(z).unsqueeze(0)
            return self.out(self.gru(x, h)[0])

    torch.manual_seed(2)
    print(Decoder(4, 10, 3)(torch.randn(5, 4), torch.randn(5, 6, 3)).sum().item())
"""
ENCODED = """
    class Net(nn.Module):
        def __init__(self, cfg):
            super().__init__()
            self.enc = nn.GRU(3, cfg["hid"], batch_first=True, bidirectional=True)
            self.bridge = nn.Linear(2 * cfg["hid"], {width})
            self.dec = nn.LSTM(3, 2 * cfg["hid"], batch_first=True)
            self.out = nn.Linear(2 * cfg["hid"], 4)

        def forward(self, x, y):
            _, h = self.enc(x)
            state = torch.tanh(self.bridge(torch.cat([h[0], h[1]], -1))).unsqueeze(0)
            return self.out(self.dec(y, (state, torch.zeros_like(state)))[0])

    torch.manual_seed(2)
    print(Net(dict(hid=6))(torch.randn(4, 6, 3), torch.randn(4, 5, 3)).sum().item())
"""
ADDED = """
    class Block(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.up = nn.Linear(width, 4 * width)
            self.down = nn.Linear(4 * width, {width})

        def forward(self, x):
            return x + self.down(torch.relu(self.up(x)))

    torch.manual_seed(2)
    blocks = nn.ModuleList([Block(6) for _ in range(2)])
    x = torch.randn(4, 6)
    for block in blocks:
        x = block(x)
    print(x.sum().item())
"""
PLACES = """
    class Net(nn.Module):
        def __init__(self, vocab, d, longest):
            super().__init__()
            self.tokens = nn.Embedding(vocab, d)
            self.places = nn.Embedding(longest, {width})
            self.norm = nn.LayerNorm(d)

        def forward(self, x):
            return self.norm(self.tokens(x) + self.places(torch.arange(x.size(1))))

    torch.manual_seed(2)
    print(Net(11, 6, 9)(torch.randint(0, 11, (4, 7))).square().sum().item())
"""
SCORED = """
    class Attention(nn.Module):
        def __init__(self, enc, dec):
            super().__init__()
            self.query = nn.Linear(dec, {width})
            self.rnn = nn.GRU(3, enc, bidirectional=True, batch_first=True)

        def forward(self, x, state):
            keys, _ = self.rnn(x)
            return torch.bmm(keys, self.query(state).unsqueeze(2))

    torch.manual_seed(2)
    print(Attention(5, 7)(torch.randn(4, 6, 3), torch.randn(4, 7)).sum().item())
"""
READ = """
    class Net(nn.Module):
        def __init__(self, cfg):
            super().__init__()
            self.rnn = nn.GRU(3, cfg["hid"], batch_first=True)
            self.out = nn.Linear({width}, 4)

        def forward(self, x):
            return self.out(self.rnn(x)[0])

    torch.manual_seed(2)
    print(Net(dict(hid=6))(torch.randn(4, 6, 3)).sum().item())
"""


@pytest.mark.parametrize(
    ("program", "wrong", "right"),
    [
        (DECODER, "hidden * 2", "hidden"),
        (ENCODED, 'cfg["hid"]', '2 * cfg["hid"]'),
        (ADDED, "2 * width", "width"),
        (ADDED, "width // 2", "width"),
        (PLACES, "d * 2", "d"),
        (SCORED, "enc", "2 * enc"),
    ],
)
def test_the_factor_goes_or_comes_where_the_width_was_written(program, wrong, right):
    found = mended(program.format(width=wrong))
    assert found.output == printed(program.format(width=right))
    assert len(found.diagnoses) == 1


def test_a_factor_behind_the_one_recurrent_layer_stays():
    found = mended(READ.format(width='2 * cfg["hid"]'))
    assert found.changed == ['self.rnn = nn.GRU(3, cfg["hid"], batch_first=True, bidirectional=True)']


def test_two_layers_in_a_row_are_mended_at_the_second():
    program = """
    class Net(nn.Module):
        def __init__(self, d):
            super().__init__()
            self.up = nn.Linear(d, 2 * d)
            self.down = nn.Linear(d, d)

        def forward(self, x):
            return x + self.down(self.up(x))

    print(Net(5)(torch.randn(4, 5)).shape)
    """
    assert mended(program).changed == ["self.down = nn.Linear(2 * d, d)"]


def test_of_two_widths_to_be_added_either_may_be_meant():
    program = """
    class Net(nn.Module):
        def __init__(self, c):
            super().__init__()
            self.straight = nn.Conv2d(c, 2 * c, 3, padding=1)
            self.around = nn.Conv2d(c, c, 1)

        def forward(self, x):
            return self.straight(x) + self.around(x)

    print(Net(5)(torch.randn(2, 5, 8, 8)).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert {fix.edits[0].replacement.strip() for fix in fixes[:2]} == {
        "self.straight = nn.Conv2d(c, c, 3, padding=1)",
        "self.around = nn.Conv2d(c, 2 * c, 1)",
    }
    # So near that both are tried, and compared.
    assert fixes[1].cost - fixes[0].cost < 0.04


@pytest.mark.parametrize("state", ["(first, first)", "(first, torch.tanh(first))"])
def test_two_states_of_one_layer_may_be_its_halves(state):
    program = f"""
    class Net(nn.Module):
        def __init__(self, d):
            super().__init__()
            self.first = nn.Linear(4, 2 * d)
            self.rnn = nn.LSTM(3, d, batch_first=True)

        def forward(self, z, x):
            first = self.first(z).unsqueeze(0)
            return self.rnn(x, {state})[0]

    print(Net(5)(torch.randn(2, 4), torch.randn(2, 6, 3)).shape)
    """
    assert mended(program, most=1).diagnoses[0].fixes[0].doubt


GATED = """
    class Mix(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.both = nn.Linear(width, 2 * width)
            self.{made}
            self.last = nn.LayerNorm(width)

        def forward(self, x):
            return self.last(x + self.both(x))

    print(Mix(6)(torch.randn(4, 6)).shape)
"""


@pytest.mark.parametrize("made", ["open = nn.GLU()", "narrow = nn.Linear(2 * width, width)", "spread_logvar = 1.0"])
def test_two_times_the_width_may_be_halves_that_are_yet_to_be_taken_apart(made):
    fixes = mended(GATED.format(made=made), most=1).diagnoses[0].fixes
    narrower = [fix for fix in fixes if "self.both =" in fix.edits[0].replacement]
    assert narrower
    assert all(fix.doubt for fix in narrower)
    assert not any("1 * width" in edit.replacement for fix in fixes for edit in fix.edits)


def test_without_a_use_for_the_halves_the_two_goes():
    found = mended(GATED.format(made="scale = 1.0"))
    assert found.changed == ["self.both = nn.Linear(width, width)"]
    assert not found.doubts


def test_noise_that_is_added_may_be_meant_for_one_half():
    program = """
    class Sampled(nn.Module):
        def __init__(self, n, k):
            super().__init__()
            self.told, self.back = nn.Linear(n, k * 2), nn.Linear(k, n)

        def forward(self, x):
            return self.back(self.told(x) + 0.1 * torch.randn(len(x), 4))

    print(Sampled(7, 4)(torch.randn(3, 7)).shape)
    """
    assert mended(program, most=1).diagnoses[0].fixes[0].doubt


def test_a_layer_that_nobody_calls_brings_a_state_down_to_its_width():
    program = """
    class Pair(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.reads = nn.GRU(4, 2 * width, batch_first=True)
            self.down = nn.Linear(2 * width, width)
            self.writes = nn.GRU(4, width, batch_first=True)

        def forward(self, x):
            _, state = self.reads(x)
            return self.writes(x, state)[0]

    print(Pair(3)(torch.randn(2, 5, 4)).sum().shape)
    """
    found = mended(program)
    assert found.changed == ["return self.writes(x, self.down(state))[0]"]
    assert not found.doubts


def test_a_layer_whose_width_nothing_else_is_told_may_be_as_wide_as_its_state():
    program = """
    class Pair(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.reads = nn.GRU(4, 2 * width, batch_first=True)
            self.writes = nn.GRU(4, width, batch_first=True)

        def forward(self, x):
            _, state = self.reads(x)
            return self.writes(x, state)[0]

    print(Pair(3)(torch.randn(2, 5, 4)).sum().shape)
    """
    assert mended(program, most=1).diagnoses[0].fixes[0].doubt


@pytest.mark.parametrize(
    ("layer", "remark"), [("rnn", "# of the two directions"), ("bi_rnn", ""), ("rnn", "# what the cells say")]
)
def test_two_times_the_width_may_be_that_of_both_directions(layer, remark):
    program = f"""
    class Read(nn.Module):
        def __init__(self, n, width):
            super().__init__()
            self.{layer} = nn.GRU(n, width, batch_first=True)
            self.out = nn.Linear(2 * width, 1)  {remark}

        def forward(self, x):
            return self.out(self.{layer}(x)[0][:, -1])

    print(Read(4, 6)(torch.randn(3, 5, 4)).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    narrower = [fix for fix in fixes if "self.out" in fix.edits[0].replacement]
    assert narrower
    assert all(fix.doubt for fix in narrower)


@pytest.mark.parametrize("taken", ["h[-1]", "self.drop(h[-1])", "torch.relu(self.drop(h[-1]))"])
def test_of_one_direction_that_comes_alone_the_other_is_what_is_missing(taken):
    program = f"""
    class Read(nn.Module):
        def __init__(self, n, width):
            super().__init__()
            self.rnn, self.drop = nn.GRU(n, width, bidirectional=True, batch_first=True), nn.Dropout(0.0)
            self.out = nn.Linear(2 * width, 1)

        def forward(self, x):
            _, h = self.rnn(x)
            h = {taken}
            return self.out(h)

    print(Read(4, 6)(torch.randn(3, 5, 4)).shape)
    """
    found = mended(program, most=1)
    assert found.changed == [f"h = {taken.replace('h[-1]', 'torch.cat([h[-2], h[-1]], dim=-1)')}"]
    assert not found.doubts
    narrower = [fix for fix in found.diagnoses[0].fixes if "self.out" in fix.edits[0].replacement]
    assert all(fix.doubt for fix in narrower)

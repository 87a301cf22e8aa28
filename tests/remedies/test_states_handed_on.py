"""States that an encoder hands to a decoder: changed where they are made, and in doubt where nothing decides."""

import pytest
from mended import mended, printed

PAIR = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(4, 8, batch_first=True)

        def forward(self, x):
            seen, state = self.rnn(x)
            return seen, {state}


    class Writer(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 8, batch_first=True)
            self.out = nn.Linear(8, 3)

        def forward(self, token, state):
            seen, state = self.rnn(token, state)
            return self.out(seen), state


    reader, writer = Reader(), Writer()
    memory, state = reader(torch.randn(5, 7, 4))
    token = torch.zeros(5, 1, 3)
    for step in range(3):
        token, state = writer(token, state)
    print(round(token.sum().item(), 4))
"""


def test_a_state_that_a_loop_hands_round_is_changed_where_it_was_made():
    found = mended(PAIR.format(state="state"))
    assert found.changed == ["return seen, state[0]"]
    assert found.output == printed(PAIR.format(state="state[0]"))
    assert not found.doubts


def test_a_state_that_is_used_once_may_be_changed_where_it_is_used():
    program = """
    lstm, gru = nn.LSTM(4, 8, batch_first=True), nn.GRU(8, 8, batch_first=True)
    seen, state = lstm(torch.randn(5, 7, 4))
    out, last = gru(seen, {state})
    print(round(last.sum().item(), 4))
    """
    found = mended(program.format(state="state"))
    assert found.output == printed(program.format(state="state[0]"))


BOTH_WAYS = """
    encoder = nn.GRU(4, 8, {layers}, batch_first=True{flag})
    decoder = nn.GRU(3, 8, 1, batch_first=True)
    _, state = encoder(torch.randn(5, 7, 4))
    seen, _ = decoder(torch.randn(5, 6, 3), state)
    print(round(seen.sum().item(), 4))
"""


def test_which_of_two_directions_was_meant_is_not_known():
    found = mended(BOTH_WAYS.format(layers=1, flag=", bidirectional=True"))
    assert found.output != "crashed"
    assert found.doubts


def test_of_several_layers_the_last_is_meant_without_a_doubt():
    found = mended(BOTH_WAYS.format(layers=2, flag=""))
    assert found.output == printed(
        BOTH_WAYS.format(layers=2, flag="")
        .replace("]3), state)", "")
        .replace("torch.randn(5, 6, 3), state)", "torch.randn(5, 6, 3), state[-1:])")
    )
    assert not found.doubts


LAYERS = """
    class Net(nn.Module):
        def __init__(self, settings):
            super().__init__()
            self.settings = settings
            self.core = nn.{kind}(settings["inputs"], settings["units"], settings["depth"], batch_first=True)

        def zeros(self, count):
            first = torch.zeros({layers}, count, self.settings["units"])
            return {made}

        def forward(self, x):
            return self.core(x, self.zeros(len(x)))[0][:, -1]


    print(round(Net(dict(inputs=3, units=6, depth=2))(torch.randn(5, 7, 3)).sum().item(), 4))
"""


def test_the_layers_of_a_state_are_asked_of_the_layer_itself():
    for kind, made in (("LSTM", "first, first.clone()"), ("GRU", "first")):
        found = mended(LAYERS.format(kind=kind, made=made, layers=1))
        assert found.changed == ['first = torch.zeros(self.core.num_layers, count, self.settings["units"])']
        assert found.output == printed(LAYERS.format(kind=kind, made=made, layers=2))


TWO_DEPTHS = """
    class Part(nn.Module):
        def __init__(self, {parameters}):
            super().__init__()
            self.rnn = nn.GRU(3, 8, {layers})

        def forward(self, x, state=None):
            return self.rnn(x, state)


    class Other(nn.Module):
        def __init__(self, depth):
            super().__init__()
            self.rnn = nn.GRU(4, 8, depth)

        def forward(self, x, state):
            return self.rnn(x, state)


    first, second = Part({given}), Other(2)
    _, state = first(torch.randn(6, 5, 3))
    print(round(second(torch.randn(4, 5, 4), state)[0].sum().item(), 4))
"""


def test_the_encoder_is_made_as_deep_as_the_decoder_where_both_know_the_depth():
    bad = TWO_DEPTHS.format(parameters="depth", layers=1, given=2)
    found = mended(bad)
    assert found.changed == ["self.rnn = nn.GRU(3, 8, depth)"]
    assert found.output == printed(TWO_DEPTHS.format(parameters="depth", layers="depth", given=2))
    assert not found.doubts


def test_which_depth_was_meant_is_in_doubt_where_only_one_of_the_two_is_told():
    found = mended(TWO_DEPTHS.format(parameters="", layers=1, given=""))
    assert found.output != "crashed"
    assert found.doubts


ONE_OF_MORE = """
    encoder = nn.GRU(4, 8, 2, batch_first=True, bidirectional={both})
    bridge, decoder = nn.Linear(8, 6), nn.GRU(3, 6, 2, batch_first=True)
    _, states = encoder(torch.randn(5, 7, 4))
    state = bridge(states[0:1])
    seen, _ = decoder(torch.randn(5, 6, 3), state)
    print(round(seen.sum().item(), 4))
"""


def test_one_state_for_all_layers_is_in_doubt_where_an_encoder_has_more():
    assert mended(ONE_OF_MORE.format(both=True)).doubts
    assert not mended(ONE_OF_MORE.format(both=False)).doubts


ANOTHER = """
    def run(rnn, x, context):
        {name} = torch.zeros(1, 5, 8)
        return rnn(x, context)[1]


    rnn = nn.GRU(4, 8, batch_first=True)
    print(round(run(rnn, torch.randn(5, 7, 4), torch.zeros(5, 3)).sum().item(), 4))
"""


def test_another_value_is_a_state_by_its_name_and_not_by_how_that_begins():
    for name in ("state", "h0", "prev_hidden", "h_enc"):
        found = mended(ANOTHER.format(name=name))
        assert found.changed == [f"return rnn(x, {name})[1]"], name
        assert not found.doubts
    for name in ("counts", "histogram", "hits", "beginners"):
        assert mended(ANOTHER.format(name=name)).doubts, name


SETTINGS = """
    SET = {{"kind": "LSTM", "units": 6, "depth": 2}}


    def build(kind, size, units, depth, drop=0.0):
        return {chosen}(size, units, depth, dropout=drop)


    class Pair(nn.Module):
        def __init__(self, given):
            super().__init__()
            self.first = {first}
            self.second = {second}

        def forward(self, x, y):
            {lines}
            return self.second(y, state)[0]


    print(round(Pair(SET)(torch.randn(7, 5, 3), torch.randn(4, 5, 3)).sum().item(), 4))
"""
BUILT = {
    "chosen": "getattr(nn, kind)",
    "first": 'build("LSTM", 3, given["units"], 1)',
    "second": 'build("LSTM", 3, given["units"], depth=given["depth"])',
    "lines": "_, state = self.first(x)",
}
MERGED = {
    "chosen": "nn.LSTM",
    "first": 'nn.LSTM(3, given["units"] // 2, 1, bidirectional=True)',
    "second": 'nn.LSTM(3, given["units"], given["depth"])',
    "lines": "def merged(h):\n                return torch.cat([h[0::2], h[1::2]], 2)\n            "
    "_, last = self.first(x)\n            state = tuple(merged(h) for h in last)",
}


@pytest.mark.parametrize(
    ("parts", "right"),
    [
        (BUILT, ('"depth": 1}', '"units"], given["depth"])', '"units"], depth=1)')),
        ({**BUILT, "chosen": '{"LSTM": nn.LSTM, "GRU": nn.GRU}[kind]'}, ('"depth": 1}',)),
        (MERGED, ('"depth": 1}', '// 2, given["depth"], bidi', 'given["units"], 1)')),
    ],
    ids=["builder", "table of kinds", "merged directions"],
)
def test_which_number_of_layers_was_meant_is_in_doubt_where_both_are_written(parts, right):
    fixes = mended(SETTINGS.format(**parts), most=1).diagnoses[0].fixes
    texts = ["\n".join(edit.replacement for edit in fix.edits) for fix in fixes]
    assert all(any(each in text for text in texts) for each in right)
    assert all(fix.doubt for fix in fixes)


def test_both_directions_that_a_loop_is_begun_with_are_put_together_where_they_were_made():
    program = """
        class Encoder(nn.Module):
            def __init__(self):
                super().__init__()
                self.rnn = nn.{kind}(4, 6, batch_first=True, bidirectional=True)

            def forward(self, x):
                out, {state} = self.rnn(x)
                return out, {given}


        class Decoder(nn.Module):
            def __init__(self):
                super().__init__()
                self.rnn, self.out = nn.{kind}(4, 6, batch_first=True), nn.Linear(6, 4)

            def forward(self, step, state):
                for at in range(3):
                    out, state = self.rnn(step, state)
                    step = self.out(out)
                return step


        encoder, decoder = Encoder(), Decoder()
        _, state = encoder(torch.randn(5, 7, 4))
        print(decoder(torch.zeros(5, 1, 4), state).sum())
    """
    for kind, state, given, place in (
        ("LSTM", "(h, c)", "(h, c)", "return out, ("),
        ("GRU", "h", "h", "return out, h"),
    ):
        found = mended(program.format(kind=kind, state=state, given=given), most=1)
        assert found.changed[0].startswith(place)
        assert found.output != "crashed"
        assert found.doubts

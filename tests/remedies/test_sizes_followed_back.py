"""A number that is wrong is followed back to where it is written, through helpers, settings and counts."""

import pytest
from mended import mended, printed

STATE_OF_TRAINING = """
    TRAIN, TEST = 6, 4


    class Tagger(nn.Module):
        def __init__(self, layers=2, hidden=9):
            super().__init__()
            self.rnn = nn.GRU(5, hidden, layers)
            self.out = nn.Linear(hidden, 3)

        def start(self, count):
            return torch.zeros(self.rnn.num_layers, count, self.rnn.hidden_size)

        def forward(self, x, state):
            seen, _ = self.rnn(x, state)
            return self.out(seen)


    def score(model, series):
        state = model.start({count})
        total = 0.0
        for part in series.split(7):
            total += model(part, state).sum().item()
        return total


    model = Tagger()
    print(round(score(model, torch.randn(14, TEST, 5)), 4))
"""


def test_the_argument_of_the_helper_that_made_the_state_is_changed():
    found = mended(STATE_OF_TRAINING.format(count="TRAIN"))
    assert found.changed == ["state = model.start(series.size(1))"]
    assert found.output == printed(STATE_OF_TRAINING.format(count="TEST"))
    assert not found.doubts


def test_the_helper_is_right_where_the_call_gives_the_data_themselves():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(5, 8, 2{flag})

        def start(self, count):
            zeros = torch.zeros(2, count, 8)
            return zeros, zeros.clone()

        def forward(self, x):
            seen, _ = self.rnn(x, self.start(x.size(0)))
            return seen.mean(dim=1).sum(dim=1)


    labels = torch.zeros(6)
    x = torch.randn(6, 11, 5)
    print(round(F.mse_loss(Net()(x), labels).item(), 5))
    """
    found = mended(program.format(flag=""))
    assert found.changed == ["self.rnn = nn.LSTM(5, 8, 2, batch_first=True)"]
    assert found.output == printed(program.format(flag=", batch_first=True"))


COUNTED = """
    words = "the cat sat on the mat and the dog on the rug".split()
    vocabulary = sorted(set(words))
    number = {{word: at + 1 for at, word in enumerate(vocabulary)}}
    size = {size}


    class Model(nn.Module):
        def __init__(self, tokens, width=6):
            super().__init__()
            self.table = nn.Embedding(tokens, width, padding_idx=0)
            self.out = nn.Linear(width, tokens)

        def forward(self, ids):
            return self.out(self.table(ids))


    ids = torch.tensor([number[word] for word in words])
    print(round(F.cross_entropy(Model({given})(ids[:-1]), ids[1:]).item(), 4))
"""


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        (("len(vocabulary)", "size"), ("len(vocabulary) + 1", "size")),
        (("max(number.values())", "tokens=size"), ("max(number.values()) + 1", "tokens=size")),
        (("dict(tokens=len(number))", "**size"), ("dict(tokens=len(number) + 1)", "**size")),
    ],
)
def test_what_was_counted_is_changed_where_it_was_counted(bad, good):
    found = mended(COUNTED.format(size=bad[0], given=bad[1]))
    assert found.output == printed(COUNTED.format(size=good[0], given=good[1]))


def test_a_layer_in_a_dict_is_found_where_it_was_put_in():
    program = """
    def build(width, classes):
        parts = {kind}()
        parts["memory"] = nn.GRU(4, width, batch_first=True, bidirectional=True)
        parts["head"] = nn.Linear({wide}, classes)
        return parts


    def scores(parts, x):
        seen, _ = parts["memory"](x)
        return parts["head"](seen[:, -1])


    print(round(scores(build(7, 3), torch.randn(5, 6, 4)).sum().item(), 4))
    """
    for kind in ("nn.ModuleDict", "dict"):
        found = mended(program.format(kind=kind, wide="width"))
        assert found.changed == ['parts["head"] = nn.Linear(2 * width, classes)']
        assert found.output == printed(program.format(kind=kind, wide="2 * width"))


TABLE = """
    settings = {{"sensors": {count}, "width": 5}}


    class Mixer(nn.Module):
        def __init__(self, count):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(count, count))

        def forward(self, x):
            return {mix}


    series = torch.randn(6, 9, 13)
    print(round(Mixer(settings["sensors"])(series).sum().item(), 3))
"""


@pytest.mark.parametrize(
    "mix", ['torch.einsum("nts,so->nto", x, self.weight)', "x @ self.weight.softmax(0)", "torch.matmul(x, self.weight)"]
)
def test_a_table_of_the_model_takes_the_size_of_the_data(mix):
    found = mended(TABLE.format(count=17, mix=mix))
    assert found.output == printed(TABLE.format(count=13, mix=mix))
    assert found.changed == ['settings = {"sensors": 13, "width": 5}']


def test_two_tables_of_the_model_decide_nothing():
    program = """
    class Mixer(nn.Module):
        def __init__(self, one=7, other=9):
            super().__init__()
            self.left, self.right = nn.Parameter(torch.randn(5, one)), nn.Parameter(torch.randn(other, 4))

        def forward(self):
            return self.left @ self.right


    print(Mixer()().shape)
    """
    found = mended(program, most=1)
    assert not any("-> 9" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes[:1])


@pytest.mark.parametrize(
    ("made", "right"),
    [
        ("Net(**SETTINGS)", "Net(**SETTINGS)"),
        ("Net(**{**SETTINGS})", "Net(**{**SETTINGS})"),
        ("Net(inputs=SETTINGS['inputs'], classes=3)", "Net(inputs=SETTINGS['inputs'], classes=3)"),
    ],
)
def test_settings_that_are_spread_into_a_call_are_followed(made, right):
    program = """
    SETTINGS = dict(inputs={size}, classes=3)


    class Net(nn.Module):
        def __init__(self, **settings):
            super().__init__()
            self.first = nn.Linear(settings["inputs"], 8)
            self.last = nn.Linear(8, settings["classes"])

        def forward(self, x):
            return self.last(self.first(x).relu())


    print(round({made}(torch.randn(4, 6)).sum().item(), 4))
    """
    found = mended(program.format(size=5, made=made))
    assert found.output == printed(program.format(size=6, made=right))


def test_settings_spread_into_a_layer_of_torch_are_changed_where_they_are_written():
    program = """
    SETTINGS = dict(embed_dim={size}, num_heads=3, batch_first=True)
    x = torch.randn(4, 5, 12)
    mixer = nn.MultiheadAttention(**SETTINGS)
    print(round(mixer(x, x, x)[0].sum().item(), 4))
    """
    found = mended(program.format(size=15))
    assert found.changed == ["SETTINGS = dict(embed_dim=12, num_heads=3, batch_first=True)"]
    assert found.output == printed(program.format(size=12))


def test_the_one_number_of_a_list_that_a_loop_paired_is_changed():
    program = """
    widths = [{first}, 16, 12]


    def stack(widths):
        pairs = zip(widths[:-1], widths[1:])
        return nn.Sequential(*[layer for a, b in pairs for layer in (nn.Linear(a, b), nn.Tanh())])


    print(round(stack(widths)(torch.randn(5, 9)).sum().item(), 4))
    """
    found = mended(program.format(first=7))
    assert found.changed == ["widths = [9, 16, 12]"]
    assert found.output == printed(program.format(first=9))


def test_which_of_two_equal_numbers_of_a_list_is_meant_is_not_guessed():
    program = """
    widths = [8, 8, 4]
    layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))
    x = torch.randn(5, 9)
    for layer in layers:
        x = layer(x)
    print(x.shape)
    """
    found = mended(program, most=1)
    assert not any(fix.title == "8 -> 9" for fix in found.diagnoses[0].fixes)


def test_a_number_written_for_one_call_is_changed_in_that_call():
    program = """
    class Kept(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.state = nn.GRU(3, 7, batch_first=True), None

        def reset(self, count):
            self.state = torch.zeros(1, count, 7)

        def forward(self, x):
            seen, state = self.rnn(x, self.state)
            self.state = state.detach()
            return seen[:, -1]


    def total(model, parts, count):
        model.reset(count)
        return round(sum(model(part).sum().item() for part in parts), 4)


    model, train, test = Kept(), torch.randn(8, 4, 3), torch.randn(6, 4, 3)
    print(total(model, [train], 8), total(model, [test], {count}))
    """
    found = mended(program.format(count=8))
    assert found.output == printed(program.format(count=6))
    assert "total(model, [train], 8), total(model, [test], 6)" in found.text


def test_rows_are_asked_of_what_the_function_was_given():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.out = nn.RNN(2, 5, batch_first=True), nn.Linear(30, 3)

        def forward(self, series):
            return self.out(self.rnn(series)[0].reshape({rows}, -1))


    net = Net()
    print(round(sum(net(part).sum().item() for part in torch.randn(22, 6, 2).split(8)), 4))
    """
    found = mended(program.format(rows=8))
    assert found.output == printed(program.format(rows="series.size(0)"))


NET = """
    class Net(nn.Module):
        def __init__(self, inputs, classes):
            super().__init__()
            self.first = nn.Linear(inputs, 8)
            self.last = nn.Linear(8, classes)

        def forward(self, x):
            return self.last(self.first(x).relu())
"""
FIELDS = """
    from dataclasses import asdict, dataclass
    from typing import NamedTuple

    {kind}
        inputs: int{default}
        classes: int = 3
"""
PARSER = """
    import argparse

    def options():
        parser = argparse.ArgumentParser()
        parser.add_argument("--inputs", type=int, default={size})
        parser.add_argument("--classes", type=int, default=3)
        return parser.parse_args([])
"""


@pytest.mark.parametrize("entries", ["vars(given)", "given.__dict__"])
def test_the_options_of_a_parser_spread_into_a_call_are_followed(entries):
    program = PARSER + NET + f"\n    given = options()\n    print(Net(**{entries})(torch.randn(4, 6)).sum())\n"
    found = mended(program.replace("{size}", "5"))
    assert found.changed == ['parser.add_argument("--inputs", type=int, default=6)']
    assert found.output == printed(program.replace("{size}", "6"))


@pytest.mark.parametrize(
    ("kind", "entries"),
    [
        ("@dataclass\n    class Settings:", "asdict(given)"),
        ("@dataclass\n    class Settings:", "vars(given)"),
        ("class Settings(NamedTuple):", "given._asdict()"),
    ],
)
@pytest.mark.parametrize("where", ["default", "position"])
def test_the_fields_of_an_object_spread_into_a_call_are_followed(kind, entries, where):
    def program(size: int) -> str:
        default, given = (f" = {size}", "") if where == "default" else ("", str(size))
        made = f"\n    given = Settings({given})\n    print(Net(**{entries})(torch.randn(4, 6)).sum())\n"
        return FIELDS.format(kind=kind, default=default) + NET + made

    found = mended(program(5))
    assert found.changed == ["inputs: int = 6" if where == "default" else "given = Settings(6)"]
    assert found.output == printed(program(6))


@pytest.mark.parametrize("kind", ["@dataclass\n    class Settings:", "class Settings(NamedTuple):"])
def test_a_field_that_was_given_by_its_position_is_followed(kind):
    read = NET.replace("inputs, classes)", "given)", 1).replace("inputs, 8", "given.inputs, 8").replace(
        "8, classes", "8, given.classes"
    )  # fmt: skip

    def program(size: int) -> str:
        made = f"\n    print(Net(Settings({size}))(torch.randn(4, 6)).sum())\n"
        return FIELDS.format(kind=kind, default="") + read + made

    found = mended(program(5))
    assert found.changed == ["print(Net(Settings(6))(torch.randn(4, 6)).sum())"]
    assert found.output == printed(program(6))

"""Noise in another width than its layer takes, tables that lie with time first, and joins of other axes."""

import pytest
from mended import mended, printed

GAN = """
    class Maker(nn.Module):
        def __init__(self, noise, cells):
            super().__init__()
            self.rnn = nn.LSTM(noise, cells, batch_first=True)
            self.out = nn.Linear(noise, 3)

        def forward(self, z):
            return {call}


    def step(maker, real{more}):
        z = torch.{drawn}
        return maker(z).sum().item()


    torch.manual_seed(2)
    {sizes}
    print(step(Maker({width}, 9), torch.rand(6, 8, 5){more}))
"""
CELLS, ROWS = "self.rnn(z)[0]", "self.out(z)"


@pytest.mark.parametrize(
    ("sizes", "width", "more", "told"),
    [
        ("NOISE = 4", "NOISE", "", "NOISE"),
        ("cfg = dict(noise=4)", 'cfg["noise"]', ", cfg", 'cfg["noise"]'),
        ("pass", "4", "", "4"),
    ],
)
@pytest.mark.parametrize("call", [CELLS, ROWS])
def test_noise_is_as_wide_as_its_layer_takes_it(call, sizes, width, more, told):
    row = {"sizes": sizes, "width": width, "more": more, "call": call}
    found = mended(GAN.format(drawn="randn(real.size(0), real.size(1), real.size(2))", **row))
    right = f"randn(real.size(0), real.size(1), {told})"
    assert found.changed == [f"z = torch.{right}"]
    assert found.output == printed(GAN.format(drawn=right, **row))


def test_what_takes_no_size_of_other_data_may_be_the_data():
    text = GAN.format(drawn="randn(6, 8, 5)", sizes="pass", width="4", more="", call=ROWS)
    assert mended(text, most=1).changed != ["z = torch.randn(6, 8, 4)"]


TABLE = """
    class Places(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("table", torch.randn(50, 1, 8))
            {layer}

        def forward(self, x):
            return x + self.table[:x.{asked}]

    torch.manual_seed(2)
    print(Places()(torch.randn(6, 11, 8)).sum().item())
"""


@pytest.mark.parametrize(
    "layer", ["self.rnn = nn.GRU(8, 8, batch_first=True)", "self.a = nn.MultiheadAttention(8, 2, batch_first=True)"]
)
def test_a_table_is_turned_where_the_batch_stands_first(layer):
    found = mended(TABLE.format(layer=layer, asked="size(1)"))
    assert found.changed == ["return x + self.table[:x.size(1)].transpose(0, 1)"]
    assert found.doubts == []


def test_the_other_axis_is_asked_where_time_stands_first():
    found = mended(TABLE.format(layer="self.rnn = nn.GRU(8, 8)", asked="shape[1]"))
    assert found.changed == ["return x + self.table[:x.shape[0]]"]
    assert found.doubts == []


def test_a_table_beside_layers_of_no_layout_is_in_doubt():
    found = mended(TABLE.format(layer="self.out = nn.Linear(8, 8)", asked="size(1)"))
    assert found.doubts == [
        "the table may be meant for time first, or for the batch first, and the script does not tell"
    ]


LONG = """
    class Places(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("table", torch.randn(50, 1, 8))

        def forward(self, x):
            return x + self.table{cut}


    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.places, self.rnn = Places(), nn.LSTM(8, 8, batch_first={first})

        def forward(self, batch):
            {entering}
            return self.rnn(self.places(x){leaving})

    torch.manual_seed(2)
    given = torch.stack(list(torch.randn({sizes}, 8)))
    print(Model()(given)[0].sum().item())
"""
STRAIGHT = {"entering": "x = torch.tanh(batch)", "leaving": "", "first": "True"}


@pytest.mark.parametrize("then", ["[:x.size({})]", "[:x.shape[{}], :]", "[:x.size({}), :, :]"])
def test_a_table_that_has_less_rows_than_there_are_samples_is_cut_to_the_steps(then):
    found = mended(LONG.format(**STRAIGHT, cut=then.format(0), sizes="64, 11"))
    assert found.diagnoses[0].slug == "positions_by_other_axis"
    assert found.changed == [f"return x + self.table{then.format(1)}.transpose(0, 1)"]
    assert found.doubts == []


@pytest.mark.parametrize(
    ("changed", "sizes"),
    [
        ({"first": "False"}, "64, 11"),
        ({"entering": "x = batch.transpose(0, 1)"}, "11, 64"),
        ({"entering": "x = batch.permute(1, 0, 2)", "leaving": ".permute(1, 0, 2)"}, "11, 64"),
        ({}, "64, 60"),
    ],
)
def test_a_table_of_steps_that_is_too_short_is_not_turned(changed, sizes):
    found = mended(LONG.format(**STRAIGHT | changed, cut="[:x.size(0)]", sizes=sizes))
    assert found.diagnoses[0].slug == "table_too_short"
    assert "transpose" not in found.changed[0]


JOIN = """
    words, made = torch.randn(6, 5, 8), torch.randn(6, 8)
    print(torch.cat([words, made], dim={dim}).shape)
"""


def test_copies_of_a_sample_in_a_batch_are_in_doubt():
    found = mended(JOIN.format(dim=0))
    assert found.changed == ["print(torch.cat([words, made.unsqueeze(1).expand(-1, words.size(1), -1)], dim=0).shape)"]
    assert found.doubts == [
        "the other may have an axis too many, over which it is to be averaged or one step of it taken"
    ]


def test_copies_for_every_step_are_not():
    found = mended(JOIN.format(dim=2))
    assert found.output == "torch.Size([6, 5, 16])\n"
    assert found.doubts == []


TWICE = """
    from dataclasses import dataclass


    @dataclass
    class Columns:
        names: tuple = ("heat", "wind", "rain", "wind")

        @property
        def width(self):
            return len({*self.names})

    class Net(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.rnn = nn.GRU(width, 9, batch_first=True)

        def forward(self, x):
            return self.rnn(x)[0]

    columns = Columns()
    rows = {name: torch.randn(6, 7) for name in columns.names}
    print(Net(columns.width)(torch.stack([rows[name] for name in columns.names], -1)).shape)
"""


def test_a_count_of_distinct_names_in_a_property():
    found = mended(TWICE)
    assert found.changed == ['names: tuple = ("heat", "wind", "rain")']
    assert found.doubts == []


NODES = """
    class Graph(nn.Module):
        def __init__(self, nodes):
            super().__init__()
            self.index = {index}
            self.one, self.two = nn.Embedding({count}, 4), nn.Embedding({count}, 4)

        def forward(self, x):
            weights = torch.mm(self.one(self.index), self.two(self.index).t()).softmax(1)
            return torch.einsum("bnt,mn->bmt", x, weights)


    model = Graph({nodes})
    print(round(model(torch.randn(3, 9, 5)).sum().item(), 4))
"""


def test_a_table_of_all_nodes_is_made_for_those_that_come():
    row = {"index": "torch.arange(nodes)", "count": "nodes"}
    found = mended(NODES.format(nodes=11, **row), most=1)
    assert found.changed == ["model = Graph(9)"]
    assert found.output == printed(NODES.format(nodes=9, **row))


def test_a_table_of_drawn_rows_tells_no_number_of_nodes():
    found = mended(NODES.format(nodes=11, index="torch.randint(0, 6, (11,))", count="nodes"), most=1)
    assert not found.diagnoses[0].fixes


UNCUT = """
    class Rows(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("table", torch.randn(50, 1, 8))
            self.rnn = nn.GRU(8, 4, batch_first={first})

        def forward(self, x):
            return self.rnn(x + self.table{cut})[0]

    print(round(Rows()(torch.randn(4, 9, 8)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("first", "cut"), [(True, "[:x.size(1)].transpose(0, 1)"), (False, "[:x.size(0)]")], ids=["samples", "steps"]
)
def test_a_table_that_is_not_cut_gives_a_row_to_each_step(first, cut):
    found = mended(UNCUT.format(first=first, cut=""))
    assert found.output == printed(UNCUT.format(first=first, cut=cut))
    assert not found.doubts


def test_a_table_that_is_not_cut_beside_what_was_turned_has_a_row_for_each_step():
    turned = "x = x.transpose(0, 1)\n            return self.rnn((x + self.table{}).transpose(0, 1))"
    program = UNCUT.replace("return self.rnn(x + self.table{cut})", turned.replace("{}", "{cut}"))
    found = mended(program.format(first=True, cut=""))
    assert found.output == printed(program.format(first=True, cut="[:x.size(0)]"))
    assert not found.doubts


def test_a_table_that_is_not_cut_beside_layers_of_no_layout_is_in_doubt():
    program = UNCUT.replace("nn.GRU(8, 4, batch_first={first})", "nn.Linear(8, 4)").replace(")[0]", ")")
    found = mended(program.format(first=True, cut=""))
    assert found.changed == ["return self.rnn(x + self.table[:x.size(0)])"]
    assert found.doubts == [
        "the table may be meant for time first, or for the batch first, and the script does not tell"
    ]


JOINED = """
    class Patches(nn.Module):
        def __init__(self, count):
            super().__init__()
            self.first = nn.Parameter(torch.randn(1, 1, 8))
            self.places = nn.Parameter(torch.randn(1, count + 1, 8))

        def forward(self, x):
            x = x + self.places
            {then}

    print(Patches(9)(torch.randn(4, 9, 8)).shape)
"""


@pytest.mark.parametrize(
    ("then", "is_sure"), [("return torch.cat([self.first.expand(4, -1, -1), x], 1)", False), ("return x", True)]
)
def test_a_row_for_what_is_joined_later_is_not_cut_away_for_sure(then, is_sure):
    found = mended(JOINED.format(then=then), most=1)
    cut = [fix for fix in found.diagnoses[0].fixes if fix.title.startswith("self.places[")]
    assert cut
    assert all(bool(fix.doubt) is not is_sure for fix in cut)

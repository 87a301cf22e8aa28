"""A layer that was told its two widths the other way round, as what is made behind it tells."""

import pytest
from mended import mended, printed

CHAIN = """
    net = nn.Sequential({layers})
    print(round(net({given}).std().item(), 4))
"""
CLASS = """
    class Net(nn.Module):
        def __init__(self, {parameters}):
            super().__init__()
            self.table, self.walk = nn.Embedding(tokens, width), nn.GRU({walk}, batch_first=True)
            self.mix, self.out = nn.Linear(hidden, 2 * hidden), nn.Linear({out})

        def forward(self, x):
            return self.out(self.mix(self.walk(self.table(x))[0]).relu())

    print(round(Net({told})(torch.randint(0, 13, (3, 4))).std().item(), 4))
"""
PLAIN = {
    "parameters": "tokens, width, hidden",
    "walk": "width, hidden",
    "out": "2 * hidden, tokens",
    "told": "13, 5, 7",
}
HEADS = """
    width, heads, x = 12, 4, torch.randn(3, 5, 12)
    print(round(nn.MultiheadAttention({told}, batch_first=True)(x, x, x)[0].std().item(), 4))
"""


@pytest.mark.parametrize(
    ("layers", "wrong", "right", "given"),
    [
        ("{}, nn.ReLU(), nn.Linear(9, 2)", "nn.Linear(9, 4)", "nn.Linear(4, 9)", "torch.randn(3, 4)"),
        ("nn.Linear(6, 8), {}", "nn.Linear(3, 8)", "nn.Linear(8, 3)", "torch.randn(5, 6)"),
        (
            "{}, nn.BatchNorm2d(6), nn.Flatten(), nn.Linear(6 * 3 * 5, 2)",
            "nn.Conv2d(6, 4, 3)",
            "nn.Conv2d(4, 6, 3)",
            "torch.randn(3, 4, 5, 7)",
        ),
        (
            "nn.Conv1d(3, 7, 2), {}, nn.Conv1d(5, 2, 1)",
            "nn.ConvTranspose1d(5, 7, 2)",
            "nn.ConvTranspose1d(7, 5, 2)",
            "torch.randn(4, 3, 8)",
        ),
    ],
)
def test_what_is_made_behind_it_tells(layers, wrong, right, given):
    found = mended(CHAIN.format(layers=layers.format(wrong), given=given))
    assert not found.doubts
    assert found.changed == [f"net = nn.Sequential({layers.format(right)})"]
    assert found.output == printed(CHAIN.format(layers=layers.format(right), given=given))


@pytest.mark.parametrize(
    "wrong", [{"walk": "hidden, width"}, {"out": "tokens, 2 * hidden"}, {"walk": "hidden, 5", "told": "13, 5, 7"}]
)
def test_names_that_stand_in_each_others_place(wrong):
    found = mended(CLASS.format(**PLAIN | wrong))
    assert not found.doubts
    assert found.output == printed(CLASS.format(**PLAIN))


@pytest.mark.parametrize(
    "layers",
    [
        # The next one reads the width that came: the layer keeps it.
        "nn.Linear(6, 8), nn.Linear(5, 8), nn.Linear(8, 2)",
        # Another one has the same two numbers: one slip is seldom made twice.
        "nn.Linear(6, 8), nn.ReLU(), nn.Linear(6, 8), nn.Softmax(-1)",
        # What would lead to the width of the layer is there, and was left out.
        "nn.Linear(6, 8), nn.Linear(5, 8), nn.Linear(8, 5)",
    ],
)
def test_nothing_is_exchanged_where_something_else_is_told(layers):
    found = mended(CHAIN.format(layers=layers, given="torch.randn(3, 6)"), most=1)
    assert not any("exchanged" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_class_that_is_made_twice_alike():
    program = """
    class Net(nn.Module):
        def __init__(self, given, made):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(given, 9), nn.ReLU(), nn.Linear({}))

        def forward(self, x):
            return self.net(x)

    one, other, x = Net(4, 3), Net(4, 3), torch.randn(6, 4)
    other.load_state_dict(one.state_dict())
    print(round((one(x) + other(x)).std().item(), 4))
    """
    found = mended(program.format("made, 9"))
    assert not found.doubts
    assert found.output == printed(program.format("9, made"))


def test_a_single_layer_and_data_leave_it_open():
    program = "net = nn.Linear(5, 9)\nprint(net(torch.randn(4, 9)).shape)\n"
    found = mended(program, most=1)
    assert found.changed == ["net = nn.Linear(9, 5)"]
    assert found.doubts


def test_a_layer_that_was_called_before_is_called_wrongly_now():
    program = """
    first, last = nn.Linear(4, 9), nn.Linear(9, 2)
    print(last(first(first(torch.randn(3, 4)))).shape)
    """
    found = mended(program, most=1)
    assert not any("exchanged" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_state_of_the_width_that_came_says_that_the_layer_keeps_it():
    program = """
    walk, out = nn.GRU(6, 8), nn.Linear(6, 2)
    print(out(walk(torch.randn(5, 3, 8), torch.zeros(1, 3, 8))[0]).shape)
    """
    found = mended(program, most=1)
    assert not any("exchanged" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_class_that_is_made_several_times_is_right_for_the_others():
    program = """
    class Block(nn.Module):
        def __init__(self, given, made):
            super().__init__()
            self.mix, self.norm = nn.Linear(given, made), nn.LayerNorm(made)

        def forward(self, x):
            return self.norm(self.mix(x))

    print(nn.Sequential(Block(4, 6), Block(5, 6), Block(6, 2))(torch.randn(3, 4)).shape)
    """
    found = mended(program, most=1)
    assert not any(fix.title == "given and made exchanged" for fix in found.diagnoses[0].fixes)


def test_more_heads_than_numbers_are_the_width():
    found = mended(HEADS.format(told="heads, width"))
    assert not found.doubts
    assert found.output == printed(HEADS.format(told="width, heads"))


@pytest.mark.parametrize("behind", ["", "head = nn.Linear(8, 2)"])
def test_a_twin_is_no_sign_of_the_widths(behind):
    program = f"""
    policy, target = nn.Linear(8, 4), nn.Linear(8, 4)
    {behind}
    x = torch.randn(5, 4)
    print(policy(x).shape, target(x).shape)
    """
    found = mended(program, most=1)
    assert found.doubts or not any("exchanged" in fix.title for fix in found.diagnoses[0].fixes[:1])


@pytest.mark.parametrize(("wide", "is_sure"), [("12, 6", False), ("3, 6", True)])
def test_classes_may_be_as_many_as_the_numbers_that_came(wide, is_sure):
    program = f"""
    table, head = nn.Embedding(20, 6), nn.Linear({wide})
    net = nn.Sequential(table, head)
    print(net(torch.randint(0, 20, (5, 7))).shape)
    """
    found = mended(program, most=1)
    assert found.diagnoses[0].fixes[0].title.endswith("exchanged")
    assert bool(found.doubts) is not is_sure


TOLD_BY_NAME = """
    class Net(nn.Module):
        def __init__(self, seen, fixed):
            super().__init__()
            self.rnn, self.side = nn.GRU(seen, 5, batch_first=True), nn.Linear(fixed, 4)

        def forward(self, x, z):
            return torch.cat((self.rnn(x)[0][:, -1], self.side(z)), 1)

    net = Net(seen={seen}, fixed={fixed})
    print(net(torch.randn(4, 7, 6), torch.randn(4, {z})).sum().item())
"""


def test_numbers_that_a_class_is_told_by_name_are_exchanged():
    found = mended(TOLD_BY_NAME.format(seen=3, fixed=6, z=3))
    assert found.output == printed(TOLD_BY_NAME.format(seen=6, fixed=3, z=3))


def test_a_number_that_is_right_by_its_name_stays():
    found = mended(TOLD_BY_NAME.format(seen=3, fixed=6, z=6))
    assert found.doubts or found.output == printed(TOLD_BY_NAME.format(seen=6, fixed=6, z=6))

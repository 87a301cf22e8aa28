"""A row of layers is led back to the width that is added to it, and a layer in a row takes what that in front gives."""

import pytest
from mended import mended, printed

ADDED = """
    class Block(nn.Module):
        def __init__(self, width, wide):
            super().__init__()
            self.feed = nn.Sequential({layers})

        def forward(self, x):
            return {sum}


    print(round(Block(6, 15)(torch.randn(5, 7, 6)).sum().item(), 3))
"""
TWO = "nn.Linear(width, wide), nn.ReLU(), nn.Linear(wide, {})"


@pytest.mark.parametrize("total", ["x + self.feed(x)", "self.feed(x) + x"])
@pytest.mark.parametrize("last", ["wide", "15", "9"])
def test_a_row_ends_as_wide_as_it_begins(total, last):
    found = mended(ADDED.format(layers=TWO.format(last), sum=total))
    assert found.output == printed(ADDED.format(layers=TWO.format("width"), sum=total))
    assert not found.doubts


def test_a_row_that_reads_something_else_is_not_led_back():
    program = ADDED.format(layers=TWO.format("9"), sum="x + self.feed(x * 2)")
    assert "9 -> width" not in [fix.title for fix in mended(program, most=1).diagnoses[0].fixes]


ROW = """
    def maps(base):
        return nn.Sequential(
            nn.{conv}(3, base * 2, 3), {norm}, nn.ReLU(), nn.{conv}({taken}, base, 3)
        )


    print(round(maps(5)(torch.randn(4, 3, {size})).abs().sum().item(), 3))
"""
KINDS = [
    ("Conv2d", "nn.BatchNorm2d({})", "11, 10"),
    ("Conv1d", "nn.BatchNorm1d({})", "11"),
    ("ConvTranspose2d", "nn.GroupNorm(5, {})", "6, 8"),
]


@pytest.mark.parametrize(("conv", "norm", "size"), KINDS)
@pytest.mark.parametrize(("normed", "taken"), [("base", "base * 2"), ("base * 2", "base")])
def test_a_layer_of_a_row_takes_what_the_one_in_front_gives(conv, norm, size, normed, taken):
    found = mended(ROW.format(conv=conv, norm=norm.format(normed), taken=taken, size=size))
    assert found.output == printed(ROW.format(conv=conv, norm=norm.format("base * 2"), taken="base * 2", size=size))
    assert not found.doubts


def test_where_norm_and_reader_agree_the_norm_is_not_changed():
    program = ROW.format(conv="Conv2d", norm="nn.BatchNorm2d(base)", taken="base", size="11, 10")
    assert "num_features=base * 2" not in [fix.title for fix in mended(program, most=1).diagnoses[0].fixes]


def test_the_layer_in_front_of_attention_is_as_wide():
    program = """
    class Net(nn.Module):
        def __init__(self, width=6, heads=2):
            super().__init__()
            self.source = nn.Embedding(20, width)
            self.target = nn.Embedding(20, {})
            self.model = nn.Transformer(width, heads, 1, 1, 9, dropout=0.0, batch_first=True)

        def forward(self, a, b):
            return self.model(self.source(a), self.target(b))


    print(round(Net()(torch.randint(0, 20, (5, 9)), torch.randint(0, 20, (5, 7))).sum().item(), 3))
    """
    program = program.replace(
        "self.source, self.target = nn.Embedding(20, width), nn.Embedding(20, {})",
        "self.source = nn.Embedding(20, width)\n            self.target = nn.Embedding(20, {})",
    )
    found = mended(program.format("heads"))
    assert found.output == printed(program.format("width"))


IDLE = """
    class Waves(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.register_buffer("table", torch.randn(1, 20, width))

        def forward(self, x):
            return x + self.table[:, : x.size(1)]


    class Net(nn.Module):
        def __init__(self, features=4, width=6):
            super().__init__()
            self.lift = nn.Linear({taken}, width)
            self.waves = Waves(width)
            self.score = nn.Linear(width, 3)

        def forward(self, x):
            return self.score(self.waves({given}))


    print(round(Net()(torch.randn(5, 7, 4)).sum().item(), 3))
"""


@pytest.mark.parametrize(("taken", "given"), [("features", "x"), ("width", "self.lift(x)")])
def test_a_layer_that_nobody_calls_and_a_name_that_nobody_reads_are_meant(taken, given):
    found = mended(IDLE.format(taken=taken, given=given))
    assert found.output == printed(IDLE.format(taken="features", given="self.lift(x)"))
    assert not found.doubts

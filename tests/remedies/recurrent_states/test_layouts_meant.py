"""A state that has the size of the input's other axis: what the script does with the output tells which is wrong."""

from __future__ import annotations

import pytest
from mended import mended, printed

FORECAST = """
class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.{layer}
        self.head = nn.Linear(6, 1)

    def forward(self, series):
        state = torch.zeros(1, series.size({axis}), 6)
        out, _ = self.rnn(series, state)
        return self.head({read})

torch.manual_seed(0)
print(Forecast()(torch.randn({sizes}, 2)).sum().item())
"""


@pytest.mark.parametrize(
    ("layer", "read", "right", "wrong"),
    [
        ("GRU(2, 6)", "out[-1]", 1, 0),
        ("RNN(2, 6)", "out.mean(dim=0)", 1, 0),
        ("GRU(2, 6, batch_first=True)", "out[:, -1]", 0, 1),
        ("RNN(2, 6, batch_first=True)", "out.mean(dim=1)", 0, 1),
    ],
)
@pytest.mark.parametrize("sizes", ["5, 9", "9, 5"])
def test_the_size_is_asked_of_the_axis_that_the_output_is_read_by(
    layer: str, read: str, right: int, wrong: int, sizes: str
) -> None:
    found = mended(FORECAST.format(layer=layer, axis=wrong, read=read, sizes=sizes))
    assert found.output == printed(FORECAST.format(layer=layer, axis=right, read=read, sizes=sizes))
    assert not found.doubts
    assert found.diagnoses[0].slug == "state_of_other_batch"


@pytest.mark.parametrize("read", ["out[:, -1]", "out.mean(dim=1)"])
def test_a_layer_whose_output_is_read_with_the_batch_first_is_told_so(read: str) -> None:
    found = mended(FORECAST.format(layer="GRU(2, 6)", axis=0, read=read, sizes="5, 9"))
    assert found.output == printed(
        FORECAST.format(layer="GRU(2, 6, batch_first=True)", axis=0, read=read, sizes="5, 9")
    )
    assert found.diagnoses[0].slug == "batch_first_missing"


@pytest.mark.parametrize("rows", [5, 9])
def test_labels_tell_more_than_how_the_output_is_read(rows: int) -> None:
    told = FORECAST.format(layer="GRU(2, 6)", axis=0, read="out.mean(dim=1)", sizes="5, 9")
    told = told.replace("print(", f"labels = torch.zeros({rows})\nprint(")
    found = mended(told)
    assert ("series.size(1)" in found.text, "batch_first" in found.text) == (rows == 9, rows == 5)


@pytest.mark.parametrize(
    ("column", "is_layer"),
    [("torch.randn(30, 4)[:, -1]", False), ("F.pad(labels, (0, 1))[:, -1]", False), ("model(series)[:, -1]", True)],
)
def test_a_column_of_a_table_says_nothing_of_steps(column: str, is_layer: bool) -> None:
    told = FORECAST.format(layer="GRU(2, 6)", axis=0, read="out.flatten(0, 1)", sizes="5, 9")
    told = told.replace("state =", "series = series.transpose(0, 1)\n        state =")
    told = told.replace("print(", f"def read(model, series, labels):\n    return {column}\n\nprint(")
    found = mended(told, most=1)
    assert ("batch_first=True" in found.text) == is_layer
    assert ("series.size(1)" in found.text) == (not is_layer)


COUNTED = """
TOLD = dict({told})


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(30, 4)
        self.rnn = nn.{layer}
        self.head = nn.Linear(6, 30)

    def empty(self, rows):
        return torch.zeros(1, rows, 6)

    def forward(self, tokens):
        out, _ = self.rnn(self.embed(tokens), self.empty(tokens.size({axis})))
        return self.head(out)


def drawn(text, many, long):
    begins = torch.randint(0, 50, (many,))
    read = torch.stack([text[i : i + long] for i in begins])
    asked = torch.stack([text[i + 1 : i + 1 + long] for i in begins])
    return read{turn}, asked{turn}


torch.manual_seed(0)
read, asked = drawn(torch.randint(0, 30, (80,)), TOLD["{first}"], TOLD["{second}"])
print(round(F.cross_entropy(Tagger()(read).flatten(0, 1), asked.flatten()).item(), 4))
"""


@pytest.mark.parametrize(
    ("turn", "wrong", "right"),
    [
        ("", ("GRU(4, 6)", 0), ("GRU(4, 6, batch_first=True)", 0)),
        ("", ("GRU(4, 6, batch_first=True)", 1), ("GRU(4, 6, batch_first=True)", 0)),
        (".t()", ("GRU(4, 6)", 0), ("GRU(4, 6)", 1)),
    ],
)
def test_the_number_that_is_told_for_the_samples_tells_which_axis_is_theirs(turn, wrong, right) -> None:
    told = {"told": "batch_size=5, seq_len=9", "first": "batch_size", "second": "seq_len", "turn": turn}
    found = mended(COUNTED.format(**told, layer=wrong[0], axis=wrong[1]))
    assert found.output == printed(COUNTED.format(**told, layer=right[0], axis=right[1]))
    assert not found.doubts


FRAMES = """
class Player(nn.Module):
    def __init__(self):
        super().__init__()
        self.see = {see}
        self.rnn = nn.LSTM({width}, 6, batch_first=True)
        self.head = nn.Linear({rows} * 6, 2)
        self.h = self.c = None

    def begin(self, rows):
        self.h, self.c = torch.zeros(1, rows, 6), torch.zeros(1, rows, 6)

    def forward(self, x):
        out, (self.h, self.c) = self.rnn(self.see(x){flat}, (self.h, self.c))
        return self.head(out.flatten(1))


torch.manual_seed(0)
ROWS = 8
first, second = Player(), Player()
states = torch.rand(ROWS, {sizes})
alive = torch.arange(ROWS) % 4 > 0
first.begin(ROWS)
value = first(states).max(1)[0]
with torch.no_grad():
    left = {left}
    second.begin({told})
    value[alive] += second(left).max(1)[0]
print(round(value.sum().item(), 4))
"""
MAPS = {"see": "nn.Sequential(nn.Conv2d(2, 8, 3), nn.ReLU())", "width": 16, "rows": 8, "flat": ".flatten(2)"}


@pytest.mark.parametrize(
    "program",
    [
        {**MAPS, "sizes": "2, 6, 6", "left": "states[alive]"},
        {**MAPS, "sizes": "2, 6, 6", "left": "torch.stack([s for s, is_left in zip(states, alive) if is_left])"},
        {"see": "nn.Linear(3, 5)", "width": 5, "rows": 8, "flat": "", "sizes": "8, 3", "left": "states[alive]"},
        {"see": "nn.Linear(3, 5)", "width": 5, "rows": 7, "flat": "", "sizes": "7, 3", "left": "states[alive]"},
    ],
)
def test_a_state_made_right_before_a_call_is_made_for_the_rows_of_this_call(program) -> None:
    found = mended(FRAMES.format(**program, told="ROWS"))
    assert found.output == printed(FRAMES.format(**program, told="left.size(0)"))
    assert not found.doubts
    assert found.changed == ["second.begin(left.size(0))"]


def test_another_tensor_that_was_counted_may_be_the_one_that_is_meant() -> None:
    program = {"see": "nn.Linear(3, 5)", "width": 5, "rows": 8, "flat": "", "sizes": "8, 3", "left": "states[alive]"}
    assert mended(FRAMES.format(**program, told="len(states)"), most=1).doubts


LAST = """
from torch.utils.data import DataLoader, TensorDataset

rnn = nn.GRU(3, 6, batch_first=True)
for (x,) in DataLoader(TensorDataset(torch.randn(13, 5, 3)), batch_size=5):
    print(round(rnn(x, torch.zeros(1, {rows}, 6))[1].sum().item(), 4))
"""


def test_a_last_batch_of_a_layer_that_is_told_so_leaves_it_as_it_is() -> None:
    found = mended(LAST.format(rows=5))
    assert found.output == printed(LAST.format(rows="x.size(0)"))
    assert not found.doubts


ROUND = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.seen, self.rnn = nn.Conv1d(4, 6, 3), nn.GRU(6, 5{told})

    def begin(self, rows):
        self.state = torch.zeros(1, rows, 5)

    def forward(self, x):
        {begin}
        return self.rnn({seen}, self.state)[0]


net, x = Net(), torch.randn(3, 4, 9)
{told_before}
print(round(net(x).sum().item(), 4))
"""
PERMUTED = "self.seen(x).relu().permute(2, 0, 1)"


@pytest.mark.parametrize("begin", ["self.begin(x.size(0))", "self.begin(3)"])
def test_a_state_of_the_samples_may_be_right_where_the_input_lies_otherwise(begin) -> None:
    told = {"told": ", batch_first=True", "begin": begin, "seen": PERMUTED, "told_before": ""}
    assert mended(ROUND.format(**told), most=1).doubts


def test_a_layer_for_which_the_steps_were_brought_to_the_front_is_left() -> None:
    told = {"told": "", "seen": PERMUTED, "told_before": ""}
    found = mended(ROUND.format(**told, begin="self.begin(x.size(2) - 2)"), most=1)
    assert found.output == printed(ROUND.format(**told, begin="self.begin(x.size(0))"))
    assert "batch_first" not in found.text


def test_a_state_that_was_begun_for_the_other_axis_is_not_begun_anew_for_sure() -> None:
    told = {"told": ", batch_first=True", "begin": "pass", "seen": "x"}
    program = ROUND.format(**told, told_before="SIZE = 4\nnet.begin(SIZE)").replace("randn(3, 4, 9)", "randn(3, 4, 6)")
    assert mended(program, most=1).doubts

"""Data that has another dtype than the weights, steps that were taken along the batch, batches of one sample."""

import pytest
from mended import mended, printed

ENTERS = """
    import numpy as np
    from torch.utils.data import DataLoader, Dataset


    class Rows(Dataset):
        def __init__(self, count):
            rng = np.random.default_rng(3)
            self.rows = {made}

        def __len__(self):
            return len(self.rows)

        def __getitem__(self, at):
            return {given}


    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 4))
    for rows in DataLoader(Rows(6), batch_size=3):
        loss = (net(rows) - rows).pow(2).mean()
        loss.backward()
    print(loss.item())
"""


@pytest.mark.parametrize(
    ("made", "given", "good"),
    [
        ("np.log1p(rng.gamma(2.0, 1.0, size=(count, 4)))", "torch.from_numpy(self.rows[at])", ".float()"),
        ("rng.normal(size=(count, 4)) * 2", "torch.tensor(self.rows[at]) / 3", ".float() / 3"),
        ("np.sqrt(rng.gamma(2.0, 1.0, size=(count, 4)))", "self.rows[at]", ""),
        ("rng.normal(size=(count, 4))", "self.rows[at]", ""),
    ],
)
def test_numbers_of_numpy_are_converted_where_they_enter(made, given, good):
    found = mended(ENTERS.format(made=made, given=given))
    cast = f'({made}).astype("float32")' if not good else made
    right = ENTERS.format(made=cast, given=given.replace(" / 3", "") + good)
    assert found.output == printed(right)
    assert len(found.diagnoses) == 1


STEPS = """
    class Reader(nn.Module):
        def __init__(self, size=8):
            super().__init__()
            {layer}
            self.top = nn.Linear(size, 3)

        def forward(self, x):
            {before}
            return self.top(torch.relu({taken}))


    scores = Reader()({x})
    print(round(nn.functional.cross_entropy(scores, torch.randint(3, (5,))).item(), 4))
"""
BATCH, TIME = "torch.randn(5, 7, 8)", "torch.randn(7, 5, 8)"
LSTM = "self.core = nn.LSTM(8, size{flag})"
FORMER = (
    "layer = nn.TransformerEncoderLayer(8, 2, 9, 0.0{flag}); self.core = nn.TransformerEncoder(layer, 1, None, False)"
)
PAIR, STATE, PLAIN = "out, _ = self.core(x)", "_, (out, _) = self.core(x)", "out = self.core(x)"


@pytest.mark.parametrize(
    ("layer", "first", "before", "bad", "good"),
    [
        (LSTM, True, PAIR, "out[-1]", "out[:, -1]"),
        (LSTM, True, PAIR, "out[0]", "out[:, 0]"),
        (LSTM, True, PAIR, "out.mean(0)", "out.mean(1)"),
        (LSTM, True, PAIR, "torch.amax(out, dim=0)", "torch.amax(out, dim=1)"),
        (LSTM, True, "pass", "self.core(x)[0].max(0)[0]", "self.core(x)[0].max(1)[0]"),
        (LSTM, True, STATE, "out[:, -1]", "out[-1]"),
        (LSTM, False, PAIR, "out[:, -1]", "out[-1]"),
        (LSTM, False, PAIR, "out[:, -1, :]", "out[-1]"),
        (LSTM, False, PAIR, "out.sum(1)", "out.sum(0)"),
        (FORMER, True, PLAIN, "out[0]", "out[:, 0]"),
        (FORMER, False, PLAIN, "out.mean(dim=1)", "out.mean(dim=0)"),
    ],
)
def test_a_step_is_taken_along_the_steps(layer, first, before, bad, good):
    flag, x = (", batch_first=True", BATCH) if first else ("", TIME)
    program = {"layer": layer.format(flag=flag), "before": before, "x": x}
    found = mended(STEPS.format(taken=bad, **program))
    assert found.output == printed(STEPS.format(taken=good, **program))
    assert not found.doubts


POOLED = """
    net, top = nn.Sequential(nn.Conv2d(1, 6, 3), nn.AdaptiveAvgPool2d(1)), nn.Linear(6, 3)
    for x, y in zip(torch.randn(5, 1, 8, 8).split(4), torch.tensor([0, 2, 1, 0, 2]).split(4)):
        {before}
        loss = nn.functional.cross_entropy(top({row}), y)
        loss.backward()
    print(round(loss.item(), 4))
"""


@pytest.mark.parametrize("row", ["torch.squeeze(net(x))", "net(x).squeeze()", "torch.squeeze(maps)"])
def test_a_pooled_map_of_one_sample_keeps_its_batch(row):
    before = "maps = net(x)"
    found = mended(POOLED.format(before=before, row=row))
    assert found.diagnoses[0].slug == "batch_lost_by_squeeze"
    assert found.output == printed(POOLED.format(before=before, row="maps.flatten(1)"))


@pytest.mark.parametrize(
    ("bad", "good"),
    [("torch.squeeze(x)", "torch.squeeze(x, 2)"), ("x.squeeze()", "x.squeeze(-1)")],
)
def test_an_operation_that_finds_too_few_axes_leads_to_the_squeeze(bad, good):
    program = """
    top = nn.Linear(6, 3)
    for x in torch.randn(5, 6, 1).split(4):
        print(round(top({row}).softmax(dim=1).sum(dim=1)[0].item(), 4))
    """
    assert mended(program.format(row=bad)).output == printed(program.format(row=good))


SEQUENCED = """
    import numpy as np

    class Gate(nn.Module):
        def __init__(self, given, made):
            super().__init__()
            self.one, self.two = nn.Linear(given, made), nn.Linear(given, made)

        def forward(self, x):
            return self.one(x) * self.two(x).sigmoid()


    table = np.linspace(0, 1, 60).reshape(20, 3)
    rows = torch.from_numpy(table - table.mean(0)){cast}


    def batches(size=5):
        for at in range(0, len(rows), size):
            yield rows[at : at + size]


    net = nn.Sequential(Gate(3, 6), nn.Dropout(0.0), Gate(6, 2))
    for batch in batches():
        print(round(net(batch).sum().item(), 4))
"""


def test_the_first_module_of_a_sequential_is_given_what_the_sequential_is_given():
    found = mended(SEQUENCED.format(cast=""))
    assert found.changed == ["rows = torch.from_numpy(table - table.mean(0)).float()"]
    assert found.output == printed(SEQUENCED.format(cast=".float()"))
    assert not found.doubts


STEP_BY_STEP = """
    class Steps(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.out = nn.GRUCell(2, 5), nn.Linear(5, 1)

        def forward(self, x):
            state = torch.zeros(len(x), 5)
            for step in x.split(1, dim=1):
                state = self.cell(step.squeeze(1), state)
            return self.out(state)

    def parts(rows, size):
        for at in range(0, len(rows), size):
            yield torch.stack(rows[at : at + size])

    rows = [torch.full((4, 2), float(k)).double() for k in range(6)]
    net = Steps()
    for part in parts(rows, 3):
        print(round(net(part{cast}).sum().item(), 4))
"""
JOINED = """
    class Joined(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.layers = nn.Embedding(5, 3), nn.ModuleList([nn.Linear(7, 4), nn.Linear(4, 2)])

        def forward(self, sort, numbers):
            x = torch.cat([self.table(sort), numbers], dim=-1)
            for layer in self.layers:
                x = layer(x)
            return x

    sorts, numbers = torch.arange(4), torch.ones(4, 4).double()
    net = Joined()
    for sort, number in zip(sorts.split(2), numbers.split(2)):
        print(round(net(sort, number{cast}).sum().item(), 4))
"""
MADE_INSIDE = """
    class Inside(nn.Module):
        def __init__(self):
            super().__init__()
            self.out = nn.Linear(3, 2)

        def forward(self, x):
            y = torch.ones(1, 3, dtype=torch.float64)
            return self.out(y) + x

    net = Inside()
    given = torch.ones(4, 2).double()
    print(net(given[:2]).shape, net(given).shape)
"""


@pytest.mark.parametrize(
    ("program", "changed"),
    [
        (STEP_BY_STEP, "print(round(net(part.float()).sum().item(), 4))"),
        (JOINED, "print(round(net(sort, number.float()).sum().item(), 4))"),
    ],
)
def test_what_fails_deep_inside_is_converted_where_it_enters_the_model(program, changed):
    found = mended(program.format(cast=""))
    assert found.changed == [changed]
    assert found.output == printed(program.format(cast=".float()"))
    assert not found.doubts


WRITTEN = """
    def readings(count):
        return torch.tensor([[float(k % 5), float(k % 3)] for k in range(count)], dtype={dtype})


    table = readings(12)
    table = (table - table.mean(0)) / table.std(0)
    net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    for (rows,) in torch.utils.data.DataLoader(torch.utils.data.TensorDataset(table), batch_size=4):
        net(rows).mean().backward()
    print(round(net(table).sum().item(), 4))
"""


@pytest.mark.parametrize("dtype", ["torch.float64", "torch.double"])
def test_the_one_float64_that_is_written_is_changed(dtype):
    found = mended(WRITTEN.format(dtype=dtype))
    assert found.output == printed(WRITTEN.format(dtype="torch.float32"))
    assert (len(found.diagnoses), found.doubts) == (1, [])
    assert found.changed[0].endswith("dtype=torch.float32)")


def test_what_the_model_makes_itself_is_converted_there():
    assert mended(MADE_INSIDE, most=1).changed == ["y = torch.ones(1, 3, dtype=torch.float64).float()"]


NOISY = """
    import numpy as np
    from torch.utils.data import DataLoader, TensorDataset


    class Cleaner(nn.Module):
        def __init__(self):
            super().__init__()
            self.inside, self.outside = nn.Linear(4, 3), nn.Linear(3, 4)

        def forward(self, x):
            return self.outside(self.inside({given}))

        def codes(self, x):
            return self.inside(x)


    def scaled(numbers):
        total = numbers.sum(1, keepdim=True)
        return (numbers / total).log1p()


    numbers = {made}
    rows = scaled(numbers)
    net = Cleaner()
    for (x,) in DataLoader(TensorDataset(rows), batch_size=3):
        print(round((net(x) - x).pow(2).mean().item(), 4))
    print(round(net.codes(rows).sum().item(), 4))
"""


@pytest.mark.parametrize("given", ["x + torch.randn_like(x) * 0.1", "x * (torch.rand_like(x) > 0.2)", "x - x.mean(0)"])
@pytest.mark.parametrize(
    ("made", "right"),
    [
        (
            "torch.tensor([[1.0, 2, 3, 4]] * 6, dtype=torch.float64)",
            "torch.tensor([[1.0, 2, 3, 4]] * 6, dtype=torch.float32)",
        ),
        ("torch.from_numpy(np.ones((6, 4)))", "torch.from_numpy(np.ones((6, 4))).float()"),
    ],
)
def test_what_is_reckoned_of_data_is_converted_where_the_data_enters(given, made, right):
    found = mended(NOISY.format(given=given, made=made))
    assert found.changed == [f"numbers = {right}"]
    assert found.output == printed(NOISY.format(given=given, made=right))
    assert len(found.diagnoses) == 1


REPLAY = """
    import numpy as np


    class Replay:
        def __init__(self, count):
            self.seen = np.arange(count * 3, dtype="float32").reshape(count, 3) / count
            self.done, self.paid = np.arange(count)[:, None] % 2, self.seen[:, :1] * 2

        def sample(self, rows):
            return {given}


    net = nn.Linear(3, 2)
    seen, done, paid = Replay(9).sample([0, 4, 2, 7])
    print(round(F.smooth_l1_loss(net(seen).gather(1, done), paid).item(), 4))
"""
PARTS = ("self.seen[rows]", "self.done[rows]", "self.paid[rows]")


def test_arrays_become_tensors_one_after_the_other_up_to_the_target_of_a_loss():
    found = mended(REPLAY.format(given=", ".join(PARTS)))
    assert not found.doubts
    assert found.output == printed(REPLAY.format(given=", ".join(f"torch.from_numpy({each})" for each in PARTS)))


STATISTICS = """
    import numpy as np
    table = np.random.default_rng(3).uniform(1, 9, size=(20, 4))
    rows = torch.tensor(table, dtype=torch.float32)
    middle = {middle}
    spread = {spread}

    def scale(x):
        return (x - middle) / spread

    net = nn.Linear(4, 3)
    print(net(scale(rows)).sum().item(), rows.dtype, middle.dtype, spread.dtype)
"""
MIDDLE, SPREAD = "torch.from_numpy(table.mean(axis=0)){}", "torch.from_numpy(table.std(axis=0)){}"


@pytest.mark.parametrize(
    ("middle", "spread", "right"),
    [
        (MIDDLE.format(""), SPREAD.format(".float()"), (MIDDLE.format(".float()"), SPREAD.format(".float()"))),
        (MIDDLE.format(".float()"), SPREAD.format(""), (MIDDLE.format(".float()"), SPREAD.format(".float()"))),
        (
            "rows.mean(0)",
            "torch.tensor(table.std(axis=0), dtype=torch.float64)",
            ("rows.mean(0)", "torch.tensor(table.std(axis=0), dtype=torch.float32)"),
        ),
        ("torch.tensor(table.mean(0))", "rows.std(0)", ("torch.tensor(table.mean(0)).float()", "rows.std(0)")),
        (MIDDLE.format(""), SPREAD.format(""), (MIDDLE.format(".float()"), SPREAD.format(".float()"))),
    ],
)
def test_the_one_that_is_wide_among_narrow_ones_is_converted(middle, spread, right):
    found = mended(STATISTICS.format(middle=middle, spread=spread))
    assert found.output == printed(STATISTICS.format(middle=right[0], spread=right[1]))
    assert not found.doubts


CAST = """
    import numpy as np

    table = np.random.default_rng(5).normal(size=(14, 4))
    begin, rest = torch.from_numpy(table[:9]){cast}, torch.from_numpy(table[9:]){cast}
    net = nn.Linear(4, 3)
    for rows in (*begin.split(4), rest):
        print(round(net(rows).pow(2).mean().item(), 5))
"""


@pytest.mark.parametrize(
    "cast",
    [".double()", ".to(torch.float64)", ".to(torch.double)", ".type(torch.float64)", ".type(torch.DoubleTensor)"],
)
def test_a_cast_to_wide_numbers_is_one_to_narrow_ones_instead_wherever_it_stands(cast):
    found = mended(CAST.format(cast=cast))
    assert found.output == printed(CAST.format(cast=".float()"))
    assert len(found.diagnoses) == 1
    assert not found.doubts


def test_nothing_is_converted_in_front_of_a_cast():
    program = """
    words = torch.randn(6, 4)
    wide = words.double()
    print(round(nn.Linear(4, 3)(wide[:5]).sum().item(), 5))
    """
    found = mended(program)
    assert found.output == printed(program.replace(".double()", ""))
    assert "words.float()" in found.text

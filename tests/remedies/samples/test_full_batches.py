"""Tensors that are made for as many samples as a full batch has, where the last batch has fewer."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.utils.data import DataLoader, TensorDataset

    torch.manual_seed(6)
    settings = {{"batch": 8, "noise": 3}}


    def noise(rows):
        return torch.randn(rows, settings["noise"])


    class Maker(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Linear({wide}, 4)

        def forward(self, code, z):
            return self.net({use})


    maker, total = Maker(), 0.0
    once = torch.randn(settings["batch"], settings["noise"])
    {loop}
        {made}
        total += maker(code, {given}).sum().item()
    print(round(total, 4))
"""
LOADER = """loader = DataLoader(TensorDataset(torch.randn(21, 5)), {told})
    for (code,) in loader:"""
JOINED = {"wide": 8, "use": "torch.cat([code, z], dim=1)"}


def _of(*, told='batch_size=settings["batch"]', made="pass", given="z", loop=LOADER, **fields):
    return PROGRAM.format(loop=loop.format(told=told), made=made, given=given, **(fields or JOINED))


@pytest.mark.parametrize("told", ['batch_size=settings["batch"]', "batch_size=8", 'settings["batch"]'])
def test_what_is_drawn_anew_for_each_batch_asks_it_for_its_size(told):
    made = 'z = torch.randn({rows}, settings["noise"])'
    found = mended(_of(made=made.format(rows='settings["batch"]'), told=told))
    assert found.changed == [made.format(rows="code.size(0)")]
    assert found.output == printed(_of(made=made.format(rows="len(code)"), told=told))
    assert found.doubts == []


@pytest.mark.parametrize(
    "loop",
    [
        'rows = torch.randn(21, 5)\n    for i in range(0, 21, settings["batch"]):\n        code = rows[i : i + 8]',
        'for code in torch.randn(21, 5).split(settings["batch"]):',
    ],
)
def test_batches_that_are_cut_by_hand(loop):
    made = 'z = torch.zeros({rows}, settings["noise"])'
    found = mended(_of(made=made.format(rows='settings["batch"]'), loop=loop))
    assert found.changed == [made.format(rows="code.size(0)")]
    assert found.output == printed(_of(made=made.format(rows="len(code)"), loop=loop))


def test_what_a_function_draws_is_asked_for_where_it_is_called():
    found = mended(_of(given='noise(settings["batch"])'))
    assert found.changed == ["total += maker(code, noise(code.size(0))).sum().item()"]
    assert found.output == printed(_of(given="noise(len(code))"))


@pytest.mark.parametrize(
    ("use", "changed"),
    [("torch.cat([code, z], dim=1)", "torch.cat([code, z[:code.size(0)]], dim=1)"), ("z + code[:, :3]", "")],
)
def test_of_what_was_made_in_front_of_the_loop_as_many_rows_are_read(use, changed):
    wide = 8 if changed else 3
    found = mended(_of(given="once", wide=wide, use=use))
    assert found.output == printed(_of(given="once[:len(code)]", wide=wide, use=use))
    assert all(changed in line for line in found.changed)


def test_a_number_that_is_no_batch_size_is_left_alone():
    """Rows of a table beside rows of another: nobody says that the larger number counts samples."""
    program = """
    table, parts = torch.zeros(9, 3), torch.ones(5, 3)
    print(torch.cat([parts, table], dim=1))
    """
    assert not any("size(0)" in line for line in mended(program).changed)


def test_a_state_that_is_carried_on_is_not_cut_to_other_samples():
    program = """
    from torch.utils.data import DataLoader

    cell, h = nn.Linear(8, 3), torch.zeros(8, 3)
    for x in DataLoader(torch.randn(21, 5), batch_size=8):
        h = cell(torch.cat([x, h], dim=1)).tanh().detach()
    print(h.sum().item())
    """
    assert not any("h[:" in line for line in mended(program).changed)


STORED = """
    import numpy as np
    from torch.utils.data import DataLoader, TensorDataset

    torch.manual_seed(6)
    test, net = DataLoader(TensorDataset(torch.randn(21, 5)), batch_size=8), nn.Linear(5, 3)
    count = {count}
    scores = {scores}
    for i, (x,) in enumerate(test):
        scores[8 * i : 8 * (i + 1)] = net(x).detach()
    print(scores.shape, float(scores.sum()))
"""


@pytest.mark.parametrize("scores", ["np.zeros((count, 3))", "torch.zeros(count, 3)"])
def test_a_buffer_has_as_many_rows_as_the_data_set(scores):
    found = mended(STORED.format(count="len(test) * 8", scores=scores))
    assert found.changed == ["count = len(test.dataset)"]
    assert found.output == printed(STORED.format(count="21", scores=scores))


def test_a_buffer_of_another_size_is_not_called_one_of_full_batches():
    found = mended(STORED.format(count="30 * 8", scores="torch.zeros(count, 3)"))
    assert not any("dataset" in line for line in found.changed)


def test_a_number_that_is_a_batch_size_by_chance_leaves_it_open():
    program = """
    from torch.utils.data import DataLoader

    kinds, total = torch.randn(4, 8), 0.0
    for x in DataLoader(torch.randn(10, 8), batch_size=4):
        total += (x - kinds).pow(2).sum().item()
    print(total)
    """
    found = mended(program)
    assert not any("kinds[" in line for line in found.changed) or found.doubts


def test_labels_that_were_counted_up_once_are_cut_to_the_last_batch():
    program = """
    rows, labels = 5, torch.arange(5)
    labels = torch.arange(rows)
    left, right, total = nn.Linear(6, 7), nn.Linear(4, 7), 0.0
    for a, b in torch.utils.data.DataLoader([(torch.randn(6), torch.randn(4)) for _ in range(17)], batch_size=rows):
        total += F.cross_entropy(left(a) @ right(b).t(), {}).item()
    print(round(total, 4))
    """
    found = mended(program.format("labels"))
    assert found.output == printed(program.format("labels[: len(a)]"))
    assert not found.doubts


@pytest.mark.parametrize("made", ["{} + 0.5", "{} * 2 - 1", "1 - {}", "(1 + {}).float()"])
def test_what_is_reckoned_with_a_number_asks_as_well(made):
    made = f"z = {made.format('torch.ones({rows}, 3)')}"
    found = mended(_of(made=made.format(rows='settings["batch"]')))
    assert found.output == printed(_of(made=made.format(rows="code.size(0)")))
    assert not found.doubts


HELD = """
    class Critic:
        def __init__(self, rows):
            self.net = nn.Sequential(nn.Linear(5, 1), nn.Sigmoid())
            self.real = {made}

        def loss(self, x):
            scores = self.net(x).squeeze(1)
            return {loss}


    critic = Critic({told})
    for x in torch.randn(17, 5).split(7):
        print(round(critic.loss(x).item(), 4))
"""


@pytest.mark.parametrize("loss", ["F.binary_cross_entropy(scores, {})", "((scores - {}) ** 2).mean()"])
@pytest.mark.parametrize("made", ["torch.ones(rows)", "torch.full((rows,), 0.9)"])
@pytest.mark.parametrize("told", ["7", "rows=7"])
def test_what_an_object_holds_is_read_as_far_as_the_batch_goes(loss, made, told):
    found = mended(HELD.format(loss=loss.format("self.real"), made=made, told=told))
    assert found.output == printed(HELD.format(loss=loss.format("self.real[: len(x)]"), made=made, told=told))
    assert not found.doubts


def test_rows_that_an_object_holds_and_that_are_not_all_alike_leave_it_open():
    found = mended(HELD.format(loss="((scores - self.real) ** 2).mean()", made="torch.randn(rows)", told="7"))
    assert found.output == "crashed" or found.doubts


KEPT = """
    class Reader(nn.Module):
        def __init__(self, rows):
            super().__init__()
            self.top = nn.Linear({wide}, 3)
            self.kept = torch.zeros(rows, 3)

        def forward(self, x):
            out = self.top({given}).tanh()
            {line}
            return out.sum()


    reader = Reader(7)
    for x in torch.randn(17, 5).split(7):
        print(round(reader(x).item(), 4))
"""


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("torch.cat([x, self.kept], dim=1)", "self.kept = out.detach()"),
        ("torch.cat([x, self.kept], dim=1)", "self.kept[: len(x)] = out.detach()"),
        ("x", "self.kept += out.detach()"),
        ("x", "self.kept.add_(out.detach())"),
    ],
)
def test_what_a_batch_leaves_to_the_next_one_is_cut_in_doubt(given, line):
    found = mended(KEPT.format(wide=8 if "cat" in given else 5, given=given, line=line))
    assert found.output == "crashed" or found.doubts


def test_what_every_batch_begins_with_is_not_in_doubt():
    program = KEPT.format(wide=8, given="torch.cat([x, {}], dim=1)", line="pass")
    found = mended(program.format("self.kept"))
    assert found.output == printed(program.format("self.kept[: len(x)]"))
    assert not found.doubts


PAIRED = """
    torch.manual_seed(4)
    settings = {{"rows": 8, "others": 3}}


    def others(pool, count, many):
        picks = torch.randint({low}len(pool), {size})
        return pool[picks]


    rows, weight, total = torch.randn(21, 6), torch.randn(6, 6), 0.0
    for at in range(0, len(rows), settings["rows"]):
        x = rows[at : at + settings["rows"]]
        beside = others(rows, {count}, settings["others"])
        total += {product}.sum().item()
    print(round(total, 4))
"""


@pytest.mark.parametrize(
    "product", ["torch.matmul(beside, (x @ weight).unsqueeze(2))", "torch.bmm(beside, x[:, :, None])"]
)
@pytest.mark.parametrize(("low", "size"), [("0, ", "(count, many)"), ("", "size=(count, many)"), ("", "[count, many]")])
def test_samples_that_are_drawn_for_a_product_are_as_many_as_the_batch_has(product, low, size):
    fields = {"product": product, "low": low, "size": size}
    found = mended(PAIRED.format(count='settings["rows"]', **fields))
    assert found.changed == ['beside = others(rows, x.size(0), settings["others"])']
    assert found.output == printed(PAIRED.format(count="len(x)", **fields))
    assert not found.doubts


def test_of_a_product_of_matrices_the_rows_need_not_be_as_many():
    fields = {"product": "(others(rows, 8, 2)[:, 0] @ x)", "low": "0, ", "size": "(count, many)"}
    found = mended(PAIRED.format(count='settings["rows"]', **fields))
    assert not any("size(0)" in line for line in found.changed)

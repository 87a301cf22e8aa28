"""Changes at the one place that does not go with the rest: factors, squeezes, queries, checkpoints, labels."""

import pytest
from mended import mended, printed


def test_a_square_matrix_stands_in_front_of_the_rows_that_it_mixes():
    program = """
    links, nodes = torch.rand(4, 6, 6), torch.randn(4, 6, 5)
    print(round({product}.sum().item(), 4))
    """
    for bad, good in (
        ("torch.bmm(nodes, links)", "torch.bmm(links, nodes)"),
        ("(nodes @ links)", "(links @ nodes)"),
        ("torch.matmul(nodes.relu(), links)", "torch.matmul(links, nodes.relu())"),
    ):
        assert mended(program.format(product=bad)).output == printed(program.format(product=good))


def test_keys_are_turned_and_not_exchanged():
    program = """
    queries, keys = torch.randn(3, 5, 8), torch.randn(3, 7, 8)
    print(round(torch.bmm(queries, {keys}).sum().item(), 4))
    """
    found = mended(program.format(keys="keys"))
    assert found.output == printed(program.format(keys="keys.transpose(1, 2)"))


def test_a_squeeze_that_lost_the_batch_of_one_names_its_axis():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.out = nn.Linear(4, 1)

        def forward(self, x):
            return self.out(x).squeeze({axis})


    net, x, y = Net(), torch.randn(9, 4), torch.rand(9)
    print(round(sum(F.{loss}(net(a), b).item() for a, b in zip(x.split(4), y.split(4))), 4))
    """
    loss = "binary_cross_entropy_with_logits"
    assert mended(program.format(axis="", loss=loss)).output == printed(program.format(axis="-1", loss=loss))


def test_queries_that_are_parameters_are_repeated_for_the_batch():
    program = """
    layer = nn.TransformerDecoderLayer(8, 2, 16, 0.0{flag})
    queries, memory = nn.Parameter(torch.randn({one}, 8)), torch.randn({many}, 8)
    print(round(layer(queries{rows}, memory).sum().item(), 4))
    """
    later = {"flag": "", "one": "5, 1", "many": "7, 3"}
    first = {"flag": ", batch_first=True", "one": "1, 5", "many": "3, 7"}
    for layout, rows in ((later, ".expand(-1, 3, -1)"), (first, ".expand(3, -1, -1)")):
        found = mended(program.format(rows="", **layout))
        assert found.output == printed(program.format(rows=rows, **layout))


@pytest.mark.parametrize(
    ("stored", "bad", "good"),
    [
        ("Net(4, width=WIDTH)", "Net(4)", "Net(4, width=WIDTH)"),
        ("Net(4, WIDTH)", "Net(4, 9)", "Net(4, WIDTH)"),
        ("made(20)", "Net(4)", "Net(4, width=20)"),
        ("made(20)", "made(9)", "made(20)"),
    ],
)
def test_a_model_takes_the_arguments_of_its_checkpoint(stored, bad, good):
    program = """
    WIDTH = 20


    class Net(nn.Module):
        def __init__(self, inputs, width=12):
            super().__init__()
            self.rnn = nn.LSTM(inputs, width, batch_first=True)
            self.out = nn.Linear(width, 1)

        def forward(self, x):
            return self.out(self.rnn(x)[0][:, -1])


    def made(width):
        return Net(4, width)


    stored = {stored}.state_dict()
    model = {model}
    model.load_state_dict(stored)
    print(round(model(torch.ones(2, 3, 4)).sum().item(), 4))
    """
    found = mended(program.format(stored=stored, model=bad))
    assert found.output == printed(program.format(stored=stored, model=good))


def test_what_one_batch_does_not_tell_all_labels_of_the_data_set_do():
    program = """
    from torch.utils.data import DataLoader, Dataset


    class Rows(Dataset):
        def __init__(self):
            self.rows = [{{"x": torch.randn(3), "stars": at % 5 + {least}}} for at in range(20)]

        def __len__(self):
            return len(self.rows)

        def __getitem__(self, at):
            return self.rows[at]["x"], self.rows[at]["stars"]{less}


    net, loader = nn.Linear(3, 5), DataLoader(Rows(), batch_size=5)
    print(round(sum(F.cross_entropy(net(x), stars).item() for x, stars in loader), 4))
    """
    found = mended(program.format(least=1, less=""))
    assert found.output == printed(program.format(least=1, less=" - 1"))
    assert not found.doubts


def test_an_axis_that_permute_brings_to_the_front_is_put_in_at_the_end():
    program = """
    import numpy as np

    scan = np.random.default_rng(0).random((6, 9), dtype=np.float32)
    image = torch.from_numpy(scan){axis}.permute(2, 0, 1)
    print(image.shape, round(nn.Conv2d(1, 2, 3)(image).sum().item(), 4))
    """
    assert mended(program.format(axis="")).output == printed(program.format(axis=".unsqueeze(-1)"))


def test_what_is_enlarged_takes_the_size_of_what_it_is_joined_with():
    program = """
    up, skip = torch.randn(2, 3, 6, 6), torch.randn(2, 4, 13, 13)
    up = F.interpolate(up, {size})
    print(round(torch.cat([skip, up], dim=1).sum().item(), 4))
    """
    found = mended(program.format(size="scale_factor=2"))
    assert found.changed == ["up = F.interpolate(up, size=skip.shape[2:])"]
    assert found.output == printed(program.format(size="size=(13, 13)"))


MASKS = """
    def halves(count):
        first = torch.zeros(count, dtype=torch.bool)
        first[: count // 2] = True
        return first, ~first


    def kept(rows):
        return rows[rows.sum(dim=1) > 2.0]


    rows = torch.rand(15, 4)
    used = kept(rows)
    {mask}
    layer = nn.Linear(4, 2)
    print(round(layer(used)[mask].sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("mask, _ = halves(len(rows))", "mask, _ = halves(len(used))"),
        ("mask = halves(rows.shape[0])[0]", "mask = halves(used.shape[0])[0]"),
        ("mask = torch.ones(rows.size(0), dtype=torch.bool)", "mask = torch.ones(used.size(0), dtype=torch.bool)"),
    ],
)
def test_a_mask_is_made_for_the_rows_that_it_picks_from(bad, good):
    found = mended(MASKS.format(mask=bad))
    assert found.diagnoses[0].slug == "mask_of_another_tensor"
    assert found.output == printed(MASKS.format(mask=good))


def test_a_mask_that_was_computed_of_other_rows_is_not_given_another_size():
    found = mended(MASKS.format(mask="mask = rows[:, 0] > 0.5"), most=1)
    assert found.diagnoses[0].slug == "mask_of_another_tensor"
    assert not any(".size(0)" in fix.title for fix in found.diagnoses[0].fixes)


NEXT = """
    class Writer(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.out = nn.Embedding(9, 6), nn.Linear(6, 9)

        def forward(self, ids):
            return self.out(self.table(ids))


    def batch_of(words):
        {handed}


    {taken} = batch_of(torch.randint(0, 9, (4, 7)))
    model = Writer()
    scores = model(given)
    print(round(F.cross_entropy(scores.reshape(-1, 9), goal.reshape(-1)).item(), 4))
"""


@pytest.mark.parametrize(
    ("handed", "taken"),
    [
        ("return words[:, :-1], {}", "given, goal"),
        ("return {}, words[:, :-1]", "goal, given"),
    ],
)
def test_targets_of_a_next_step_model_drop_the_first_step(handed, taken):
    bad, good = (NEXT.format(handed=handed.format(text), taken=taken) for text in ("words", "words[:, 1:]"))
    found = mended(bad)
    assert found.changed == [handed.format("words[:, 1:]")]
    assert found.output == printed(good)


SCANS = """
    from torch.utils.data import DataLoader, Dataset


    class Scans(Dataset):
        def __init__(self, count):
            self.scans = torch.rand(count, 8, 8)

        def __len__(self):
            return len(self.scans)

        def __getitem__(self, at):
            return self.scans[at]{axis}


    net = nn.Conv2d(1, 1, 3, padding=1)
    for scan in DataLoader(Scans(6), batch_size=3):
        print(round(F.mse_loss(net(scan), scan).item(), 4))
"""


def test_the_samples_of_a_data_set_get_their_channel_there():
    found = mended(SCANS.format(axis=""))
    assert found.changed == ["return self.scans[at].unsqueeze(0)"]
    assert found.output == printed(SCANS.format(axis=".unsqueeze(0)"))


def test_one_step_for_each_sample_asks_for_the_layout_and_not_for_copies():
    program = """
        layer = nn.MultiheadAttention(8, 2)
        asked, memory = torch.randn(3, 1, 8), torch.randn(3, 5, 8)
        print(layer(asked, memory, memory)[0].sum())
    """
    result = mended(program)
    assert result.changed == ["layer = nn.MultiheadAttention(8, 2, batch_first=True)"]
    assert result.output == printed(program.replace("(8, 2)", "(8, 2, batch_first=True)"))


def test_the_state_of_each_sample_that_asks_is_turned_and_not_copied():
    program = """
        rnn, layer = nn.GRU(3, 8, batch_first=True), nn.MultiheadAttention(8, 2, batch_first=True)
        out, h_n = rnn(torch.randn(4, 6, 3))
        print(layer({query}, out, out)[0].sum().item())
    """
    found = mended(program.format(query="h_n"))
    assert found.output == printed(program.format(query="h_n.transpose(0, 1)"))

"""Where the features are, by the layers that make and read them; and which layers go along them."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from programs import audited, slugs
from torch import nn

from shapecheck import audit

IMAGES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)
        self.read, self.linear = {reader}, nn.Linear(8, 5)

    def forward(self, x):
        maps = self.conv(x).relu()
        rows = {rows}
        out = self.read(rows)
        return self.linear((out[0] if isinstance(out, tuple) else out).mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, 3, 5, 7), torch.randint(0, 5, (4,))) for _ in range(3)]
"""
READERS = ["nn.Linear(6, 8)", "nn.GRU(6, 8, batch_first=True)"]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("rows", ["maps.view(4, -1, 6)", "maps.reshape(len(x), 15, 6)", "maps.view(-1, 15, 6).tanh()"])
def test_channels_that_a_reshape_makes_the_last_axis(reader, rows):
    (found,) = audited(IMAGES.format(reader=reader, rows=rows))
    assert found[0] == "features_reshaped"
    assert ".permute(0, 2, 3, 1).reshape(" in found[1][0]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "rows",
    [
        "maps.permute(0, 2, 3, 1).reshape(4, -1, 6)",
        "maps.flatten(2).transpose(1, 2)",
        "maps.view(4, 6, -1).permute(0, 2, 1)",
        # Columns of a map that are no features of the layer in front, but as many.
        "maps.mean(1).repeat(1, 1, 6).view(4, -1, 6)",
    ],
)
def test_channels_that_were_turned(reader, rows):
    assert slugs(IMAGES.format(reader=reader, rows=rows)) == []


ITEMS = """
class Set(torch.utils.data.Dataset):
    def __init__(self):
        self.letters = torch.randint(0, 4, (24, 9))

    def __len__(self):
        return len(self.letters)

    def __getitem__(self, at):
        rows = F.one_hot(self.letters[at], 4).float()
        return {item}, self.letters[at][0]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.linear = nn.Conv1d(4, 8, 3), nn.Linear(8, 4)

    def forward(self, x):
        return self.linear(self.conv(x).amax(2))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = torch.utils.data.DataLoader(Set(), batch_size=6)
"""


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ("rows.view(4, 9)", ["features_reshaped"]),
        ("rows.reshape(-1, 9)", ["features_reshaped"]),
        ("rows.t()", []),
        ("rows.transpose(0, 1).contiguous()", []),
    ],
)
def test_letters_that_a_data_set_cuts_itself(item, found):
    assert slugs(ITEMS.format(item=item)) == found


TOKENS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 6)
        self.conv = {conv}
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        h = {h}
        return self.linear(h)


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randint(0, 9, (4, 7)), torch.randint(0, 5, (4,))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("conv", "h", "found"),
    [
        ("nn.Conv1d(7, 8, 3)", "self.conv(self.embedding(x)).amax(2)", ["steps_for_channels"]),
        ("nn.Conv1d(7, 8, 2)", "self.conv(F.dropout(self.embedding(x), 0.1)).relu().mean(2)", ["steps_for_channels"]),
        ("nn.Conv1d(6, 8, 3)", "self.conv(self.embedding(x).transpose(1, 2)).amax(2)", []),
        ("nn.Conv1d(6, 8, 3)", "self.conv(self.embedding(x).permute(0, 2, 1)).amax(2)", []),
        (
            "nn.Sequential(nn.Conv1d(7, 4, 3, padding=1), nn.Conv1d(4, 8, 3))",
            "self.conv(self.embedding(x)).amax(2)",
            ["steps_for_channels"],
        ),
        # The columns of a table have one vector each, and what comes of them is read place by place.
        ("nn.Conv1d(7, 4, 3, padding=1)", "F.pad(self.conv(self.embedding(x)).relu().flatten(1), (0, -16))", []),
        (
            "nn.Sequential(nn.Conv1d(7, 4, 3, padding=1), nn.MaxPool1d(2), nn.Conv1d(4, 4, 2), nn.Flatten())",
            "self.conv(self.embedding(x))",
            [],
        ),
        # One weight a step, as a Linear along the steps has: nothing slides.
        ("nn.Conv1d(7, 8, 1)", "self.conv(self.embedding(x)).mean(2)", []),
    ],
)
def test_a_convolution_along_the_vectors_of_tokens(conv, h, found):
    assert slugs(TOKENS.format(conv=conv, h=h)) == found


WINDOWS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 6, 3, padding=1)
        self.rnn = {rnn}
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        out, _ = self.rnn({h})
        return self.linear(out.mean({along}))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, 3, 7), torch.randint(0, 5, (4,))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("rnn", "h", "along", "found"),
    [
        ("nn.LSTM(7, 8, batch_first=True)", "self.conv(x)", 1, ["recurrent_along_features"]),
        ("nn.GRU(7, 8)", "self.conv(x).relu().transpose(0, 1)", 0, ["recurrent_along_features"]),
        ("nn.LSTM(6, 8, batch_first=True)", "self.conv(x).transpose(1, 2)", 1, []),
        ("nn.GRU(6, 8)", "self.conv(x).permute(2, 0, 1)", 0, []),
    ],
)
def test_a_recurrent_layer_behind_a_convolution(rnn, h, along, found):
    assert slugs(WINDOWS.format(rnn=rnn, h=h, along=along)) == found


POINTS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 8), nn.Linear({width}, 5)

    def forward(self, x):
        each = self.first(x).relu()
        common = {common}
        return self.second({joined}).mean(1)


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, 7, 3), torch.randint(0, 5, (4,))) for _ in range(3)]
"""
BOTH = "torch.cat([each, common], 2)"


@pytest.mark.parametrize(
    ("width", "common", "joined", "found"),
    [
        (16, "each.amax(2, keepdim=True).expand_as(each)", BOTH, ["pooled_along_features"]),
        (
            16,
            "each.mean(-1, keepdim=True).repeat(1, 1, 8)",
            "torch.cat((common, each), dim=-1)",
            ["pooled_along_features"],
        ),
        (16, "each.amax(1, keepdim=True).expand_as(each)", BOTH, []),
        # One more feature: how large the others are.
        (9, "each.mean(2, keepdim=True)", BOTH, []),
        # A normalisation of each position by itself.
        (8, "each.mean(2, keepdim=True).expand_as(each)", "each - common", []),
    ],
)
def test_what_all_points_have_in_common(width, common, joined, found):
    assert slugs(POINTS.format(width=width, common=common, joined=joined)) == found


SPECTRA = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps, self.side = nn.Conv2d(1, 4, (1, 3), padding=(0, 1)), nn.Linear(2, 3)
        self.walk, self.linear = nn.GRU({width}, 6, batch_first=True), nn.Linear(6, 5)
        self.look = nn.TransformerEncoderLayer({width}, 1, 8, dropout=0.0, batch_first=True)
        self.slide = nn.Conv1d({width}, 6, 3, padding=1)

    def forward(self, sound):
        b, t, f = sound.shape
        x = self.maps(sound.unsqueeze(1)).relu()
        rows = {rows}
        return self.linear({read})


def criterion(out, y):
    return F.cross_entropy(out.mean(1), y)


model = Model()
batches = [(torch.randn(3, 9, 7), torch.randint(0, 5, (3,))) for _ in range(3)]
"""
WALK = "self.walk(rows)[0]"


@pytest.mark.parametrize(
    ("rows", "read", "right"),
    [
        ("x.reshape(b, t, -1)", WALK, "x.permute(0, 2, 1, 3).reshape(b, t, -1)"),
        ("x.view(b, t, 28).tanh()", WALK, "x.permute(0, 2, 1, 3).reshape(b, t, 28)"),
        ("x.view(-1, 9, 4 * f)", "self.look(rows)[..., :6]", "x.permute(0, 2, 1, 3).reshape(-1, 9, 4 * f)"),
        ("x.reshape(b, t, -1)", "self.slide(rows.mT).mT", "x.permute(0, 2, 1, 3).reshape(b, t, -1)"),
    ],
)
def test_rows_of_one_channel_for_steps_of_all(rows, read, right):
    (slug, (edit,)), *others = audited(SPECTRA.format(rows=rows, read=read, width=28))
    assert (slug, others) == ("features_reshaped", [])
    assert right in edit
    assert slugs(SPECTRA.format(rows=right, read=read, width=28)) == []


@pytest.mark.parametrize(
    ("rows", "width"),
    [
        # Channels for steps, and every place of the map for one.
        ("x.flatten(2)", 63),
        ("x.flatten(2).mT", 4),
        ("x.mean(1)", 7),
        ("x.transpose(2, 3).flatten(1, 2).mT", 28),
    ],
)
def test_rows_that_are_meant_as_they_are(rows, width):
    assert slugs(SPECTRA.format(rows=rows, read=WALK, width=width)) == []


def test_steps_behind_the_features_of_a_map():
    program = SPECTRA.format(rows="x.reshape(b, t, -1)", read=WALK, width=28)
    turned = program.replace("self.maps(sound.unsqueeze(1))", "self.maps(sound.mT.unsqueeze(1))")
    (slug, (edit,)), *_ = audited(turned)
    assert slug == "features_reshaped"
    assert "x.permute(0, 3, 1, 2).reshape(b, t, -1)" in edit


NORMED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.norm, self.linear = nn.GRU(3, 8, batch_first=True), {norm}, nn.Linear(8, 2)

    def forward(self, x):
        out, _ = self.rnn(x)
        out = {normed}
        return self.linear(out.amax(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(6, 5, 3), torch.randint(0, 2, (6,))) for _ in range(3)]
"""
NORMS = ["nn.BatchNorm1d(8)", "nn.InstanceNorm1d(8, affine=True)", "nn.GroupNorm(2, 8)"]


@pytest.mark.parametrize("norm", NORMS)
def test_a_norm_reads_the_features_at_axis_1(norm):
    wrong = "self.norm(out.reshape(len(x), 8, -1)).reshape(len(x), -1, 8)"
    assert set(slugs(NORMED.format(norm=norm, normed=wrong))) == {"features_reshaped"}
    right = "self.norm(out.transpose(1, 2)).transpose(1, 2)"
    assert slugs(NORMED.format(norm=norm, normed=right)) == []


def test_a_norm_of_rows_reads_their_last_axis():
    rows = "self.norm(out.reshape(-1, 8)).reshape(len(x), -1, 8)"
    assert slugs(NORMED.format(norm="nn.BatchNorm1d(8)", normed=rows)) == []


TABLES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.conv = nn.GRU(6, 8, batch_first=True), nn.Conv1d(6, 8, 5)
        self.mixed, self.out = nn.Linear(6, 8), nn.Linear(8, 3)

    def forward(self, x):
        {cut}
        return self.out({read})


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [({made}, torch.randint(0, 3, (16,))) for _ in range(3)]
"""
READ_LAST = ["self.rnn(x)[0][:, -1]", "self.mixed(x).relu().amax(1)", "self.rnn(x * 2)[1][0]"]
READ_FIRST = ["self.conv(x).amax(2)", "self.conv(x.relu()).mean(-1)"]


@pytest.mark.parametrize(
    ("sizes", "cuts", "reads"),
    [
        ("16, 6, 30", ["view(x.size(0), -1, 6)", "reshape(-1, 30, 6)"], READ_LAST),
        ("16, 30, 6", ["view(len(x), 6, -1)", "reshape(16, 6, 30)"], READ_FIRST),
    ],
)
def test_a_table_of_steps_and_features_is_viewed_and_not_turned(sizes, cuts, reads):
    for cut in cuts:
        for read in reads:
            program = TABLES.format(made=f"torch.randn({sizes})", cut=f"x = x.{cut}", read=read)
            assert slugs(program) == ["features_reshaped"], (cut, read)


@pytest.mark.parametrize(
    ("made", "cut", "read"),
    [
        ("torch.randn(16, 6, 30)", "x = x.permute(0, 2, 1)", READ_LAST[0]),
        ("torch.randn(16, 30, 6)", "x = x.transpose(1, 2)", READ_FIRST[0]),
        # Rows that were flat before have no axes of their own.
        ("torch.randn(16, 180)", "x = x.view(16, 30, 6)", READ_LAST[0]),
        ("torch.randn(16, 180).view(16, 6, 30)", "x = x.view(16, 30, 6)", READ_LAST[0]),
        # Steps that are put together by threes, also where the sizes come out turned.
        ("torch.randn(16, 18, 6)", "x = x.view(16, 6, 18)", "nn.GRU(18, 8, batch_first=True)(x)[0][:, -1]"),
        ("torch.randn(16, 90, 2)", "x = x.view(16, 30, 6)", READ_LAST[0]),
        ("torch.randn(16, 30, 6)", "x = x.reshape(16, -1, 6)", READ_LAST[0]),
    ],
)
def test_tables_that_were_turned_or_cut_into_steps(made, cut, read):
    assert slugs(TABLES.format(made=made, cut=cut, read=read)) == []


def along_time(cut):
    """Clips of as many samples as channels, of which each place goes through a layer along time."""

    def forward(model, clips):
        batch, steps = clips.shape[:2]
        maps = model.start(clips.flatten(0, 1)).view(batch, steps, 6, 5, 4)
        rows = maps.permute(0, 3, 4, 1, 2).reshape(batch * 20, steps, 6)
        rows = model.leave(model.walk(rows)[0])
        return model.end((maps + cut(rows, batch, steps)).transpose(1, 2)).amax((2, 3, 4))

    layers = {"start": nn.Conv2d(1, 6, 3, padding=1), "walk": nn.GRU(6, 6, batch_first=True), "leave": nn.Linear(6, 6)}
    return Forward(forward, end=nn.Conv3d(6, 3, 3, padding=1), **layers)


@pytest.mark.parametrize(
    ("cut", "is_wrong"),
    [
        (lambda rows, batch, steps: rows.reshape(batch, 5, 4, 6, steps).permute(0, 4, 3, 1, 2), True),
        (lambda rows, batch, steps: rows.view(-1, 20, 6, steps).unflatten(1, (5, 4)).permute(0, 4, 3, 1, 2), True),
        (lambda rows, batch, steps: rows.reshape(batch, 5, 4, steps, 6).permute(0, 3, 4, 1, 2), False),
        (lambda rows, batch, steps: rows.transpose(1, 2).reshape(batch, 5, 4, 6, steps).permute(0, 4, 3, 1, 2), False),
    ],
)
def test_the_size_of_the_features_may_be_that_of_the_batch_as_well(cut, is_wrong):
    torch.manual_seed(0)
    batch = torch.randn(6, 7, 1, 5, 4), torch.randint(0, 3, (6,))
    slugs = [found.slug for found in audit(along_time(cut), nn.functional.cross_entropy, batch).diagnoses]
    assert ("features_reshaped" in slugs) == is_wrong
    assert is_wrong or not slugs

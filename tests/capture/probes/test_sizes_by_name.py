"""Reshapes whose sizes are named for the axes of a tensor, one by one or as products, in its order or in another."""

from __future__ import annotations

import pytest
from programs import audited, slugs

FILM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(8, 1, 1, 1))
        self.head = nn.Linear(8, 3)

    def forward(self, film):
        x = film * self.scale
        {cut}
        weights = (rows @ rows.transpose(1, 2) / 3).softmax(-1)
        return self.head((weights @ rows).mean(1).view(len(film), -1, 8).mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, 8, 5, 3, 7), torch.randint(0, 3, (4,))) for _ in range(2)]
"""


def program(*lines):
    return FILM.format(cut="\n        ".join(lines))


WRONG = [
    ("b, c, t, h, w = x.shape", "rows = x.reshape(b * t, h * w, c)"),
    ("b, c, t, h, w = x.size()", "rows = x.view(b * t, c, h * w).transpose(1, 2)"),
    ("b, c = x.shape[:2]", "t = x.size(2)", "rows = torch.reshape(x, (b * t, c, -1)).mT"),
    ("(b, c, t), hw = x.shape[:3], x.shape[3] * x.shape[4]", "rows = x.contiguous().view(b * t, hw, c)"),
    ("b, c, t, *_ = x.shape", "rows = x.reshape([t * b, -1, c])"),
    ("b, c, t, h, w = x.shape", "(rows,) = [y.reshape(b * t, h * w, c) for y in [film.tanh()]]"),
    ("t, h, w = x.shape[-3:]", "rows = x.reshape(x.shape[0] * t, h * w, x.shape[1])"),
]
RIGHT = [
    ("b, c, t, h, w = x.shape", "rows = x.permute(0, 2, 3, 4, 1).reshape(b * t, h * w, c)"),
    ("b, c, t, h, w = x.shape", "x = x.transpose(1, 2)", "rows = x.reshape(t * b, c, h * w).transpose(1, 2)"),
    ("b, c, t, h, w = x.shape", "y = x.movedim(1, -1)", "rows = y.reshape(b * t, h * w, c)"),
    ("b, c, t, h, w = x.shape", "rows = x.reshape(b, c, t * h * w).transpose(1, 2)"),
    ("b, c = x.shape[:2]", "rows = x.reshape(b, c, -1).transpose(1, 2)"),
    ("b, c, t, h, w = x.shape", "rows = x.view(b, c, w * h * t).mT"),
    ("b, c, *_ = x.shape", "rows = x.view(b, 2, c // 2, -1).flatten(1, 2).mT"),
    ("b, c, t, h, w = x.shape", "rows = x.reshape(b, c, t, w * h).permute(0, 2, 3, 1).reshape(b * t, h * w, c)"),
]


@pytest.mark.parametrize("lines", WRONG)
def test_axes_are_named_in_another_order_than_they_have(lines):
    assert slugs(program(*lines)) == ["axes_renamed"]


@pytest.mark.parametrize("lines", RIGHT)
def test_axes_are_turned_first_or_keep_their_order(lines):
    assert slugs(program(*lines)) == []


def test_the_turn_is_written_in_front():
    ((_, edits),) = audited(program(*WRONG[0]))
    assert edits == ["        rows = x.permute(0, 2, 3, 4, 1).reshape(b * t, h * w, c)\n"]


SQUARE = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 6)

    def forward(self, x):
        b, n, m, f = x.shape
        x = self.linear(x)
        return x.{turn}reshape(b * m, n, f).tanh().reshape(b, m, n, f).mean((1, 2))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, {size}, 6), torch.randint(0, 6, (4,))) for _ in range(2)]
"""


@pytest.mark.parametrize("size", ["5, 3", "3, 5"])
def test_a_product_of_axes_that_do_not_lie_side_by_side(size):
    assert slugs(SQUARE.format(turn="", size=size)) == ["axes_renamed"]
    assert slugs(SQUARE.format(turn="transpose(1, 2).", size=size)) == []


def test_a_tensor_of_other_axes_that_are_as_long_says_nothing():
    body = program("b, c, t, h, w = x.shape", "y = x.movedim(2, 1)", "rows = y.reshape(b * t, c, h * w).mT")
    assert slugs(body.replace("4, 8, 5, 3, 7", "4, 8, 8, 3, 7")) == []


PLANE = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp, self.out = nn.Conv2d(2, 6, 3, padding=1), nn.Conv2d(6, 1, 1)
        self.mix, self.dim = nn.GRU(6, 6, batch_first=True), 6

    def forward(self, picture):
        x = self.inp(picture)
        b, c, h, w = x.shape
        z = self.mix(x.permute(0, 2, 3, 1).reshape(b * h, w, c))[0].contiguous()
        {back}
        return self.out(x + y)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(4, 2, {size}), torch.randn(4, 1, {size})) for _ in range(2)]
"""


@pytest.mark.parametrize("size", ["5, 7", "6, 7"])
@pytest.mark.parametrize(
    "back",
    [
        "y = z.reshape(b, h, c, w).transpose(1, 2)",
        "y = torch.reshape(z, (b, h, c, w)).permute(0, 2, 1, 3)",
        "y = z.view(b, h, self.dim, w).transpose(1, 2)",
        "rows = z.view(b, h, -1, w)\n        y = rows.transpose(1, 2)",
    ],
)
def test_rows_that_are_put_back_under_the_names_of_other_axes(back, size):
    # The layer behind it says it first, also where another axis is as long as the features.
    assert slugs(PLANE.format(back=back, size=size)) == ["features_reshaped"]


@pytest.mark.parametrize("size", ["5, 7", "6, 7", "6, 6", "7, 6"])
@pytest.mark.parametrize(
    "back",
    [
        "y = z.reshape(b, h, w, c).permute(0, 3, 1, 2)",
        "y = z.mT.reshape(b, h, c, w).transpose(1, 2)",
        "y = z.view(b, h, w, self.dim).movedim(3, 1)",
        "rows = z.view(b, h * w, c)\n        y = rows.transpose(1, 2).reshape(b, c, h, w)",
        "y = z.view(b, h, w, 2, c // 2).flatten(3).permute(0, 3, 1, 2)",
        "y = z.reshape(b, -1, c).mT.view_as(x)",
    ],
)
def test_rows_that_are_put_back_as_they_came(back, size):
    assert slugs(PLANE.format(back=back, size=size)) == []


@pytest.mark.parametrize("written", ["z.view_as(x)", "z.reshape_as(x)", "z.reshape(x.shape)", "z.view(*x.size())"])
def test_the_shape_of_a_tensor_with_other_axes(written):
    lines = f"z = z.reshape(b, h * w, c)\n        y = {written}"
    ((_, edits),) = audited(PLANE.format(back=lines, size="6, 7"))
    told = written.replace("z.", "z.permute(0, 2, 1).", 1).replace("view", "reshape")
    assert edits == [f"        y = {told}\n"]


def test_the_axes_change_places_in_front_of_what_puts_them_back():
    lines = "y = z.reshape(b, h, c, w).transpose(1, 2)"
    ((_, edits),) = audited(PLANE.format(back=lines, size="6, 7"))
    assert edits == ["        y = z.permute(0, 2, 1).reshape(b, h, c, w).transpose(1, 2)\n"]


FOLDED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.read, self.write = nn.LSTM(5, 9, batch_first=True), nn.Linear(9, {steps} * 5)
        self.point, self.wide = nn.Linear(5, 5), nn.Linear({steps}, {steps} * 4)

    def forward(self, song):
        n, t, f = song.shape
        _, (last, _) = self.read(song)
        {cut}
        return song + made


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn({size}, {steps}, 5), torch.randn({size}, {steps}, 5)) for _ in range(2)]
"""
MERGED = [
    "made = self.point(self.write(last[-1]).view(n * t, f)).view(n, t, f)",
    "made = self.point(torch.reshape(self.write(last[0]), (t * n, f))).reshape(song.shape)",
    "wide = self.wide(song.mT).reshape(n, f * 4, t)\n        made = wide.view(n * f, 4, t).mean(1).view(n, f, t).mT",
    "wide = self.wide(song.mT)\n        made = wide.view(n * f, 4, t).amax(1).view(n, f, t).mT",
    "noise = torch.randn(t, n, f).view(n, t, f)\n        made = self.point(song + noise)",
    "noise = torch.empty(t, n, f).normal_()\n        made = self.point(song * noise.reshape(n, t, f).exp())",
    "noise = torch.rand_like(song.mT).contiguous()\n        made = self.point(song + noise.view_as(song))",
]


@pytest.mark.parametrize("size", [4, 5, 7])
@pytest.mark.parametrize("cut", MERGED)
def test_neighbours_become_one_axis_and_noise_has_none(cut, size):
    # With as many samples as features or steps, their sizes can be put together in other ways by chance.
    assert slugs(FOLDED.format(cut=cut, size=size, steps=7)) == []


def test_what_is_drawn_of_means_has_their_axes():
    lines = "made = self.point(torch.normal(song, 0.1).view(n, f, t).mT)"
    assert slugs(FOLDED.format(cut=lines, size=4, steps=7)) == ["axes_renamed"]


KERNELS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.make = nn.Parameter(torch.randn(14, 3, 6, 7))

    def forward(self, x):
        n, c, w = x.shape
        kernels = torch.einsum("ncw,ijcw->nij", x, self.make)
        kernels = kernels.view(n, c // 2, w, 2)
        return torch.einsum("ncw,ngwk->ng", x, kernels)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(4, 6, 7), torch.randn(4, 3)) for _ in range(2)]
"""


def test_where_a_part_of_an_axis_is_asked_for_the_others_say_nothing():
    # Weights that are made up for each sample have the axes that they are given.
    assert slugs(KERNELS) == []


BESIDE = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv1d(3, 6, 3), nn.Linear(6, 2)

    def forward(self, x):
        return self.head(self.conv(x).mean(2))


def noisy(w):
    c = 0.1
    return w + c * torch.randn_like(w)


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 9, 3), torch.randint(0, 2, (10,))) for _ in range(2)]
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in batches:
    n, w, c = x.shape
    both = torch.cat([x, noisy(x)])
    loss = criterion(model({cut}), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_sizes_that_are_named_in_no_function():
    (found,) = audited(BESIDE.format(cut="both.view(2 * n, c, w)"), after="")
    assert found[0] == "axes_renamed"
    assert slugs(BESIDE.format(cut="both.view(2 * n, w, c).mT"), after="") == []


KEPT = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(3, 2)

    def forward(self, x):
        shape = x.shape
        x = self.out(x).transpose(1, 2).cumsum(-1)
        x = (x.exp() + x.roll(1, -1)).mean(1, keepdim=True).expand(-1, 3, -1)
        return x.{back}


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(4, 7, 3), torch.randn(4, 7, 3)) for _ in range(2)]
"""


def test_the_shape_that_a_name_has_kept():
    assert slugs(KEPT.format(back="reshape(shape)")) == ["axes_renamed"]
    assert slugs(KEPT.format(back="mT.reshape(shape)")) == []

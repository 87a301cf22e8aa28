"""Patches that are cut out and put back by reshapes, with axes that change places in between, and without."""

from __future__ import annotations

import pytest
from programs import audited, slugs

CUT = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.head = nn.LazyLinear(8), nn.Linear(8, 5)

    def forward(self, x):
        b = len(x)
        rows = {rows}
        return self.head(self.linear(rows).tanh().amax(1))


model, criterion = Model(), nn.CrossEntropyLoss()
model(torch.randn(2, {shape}))
batches = [(torch.randn(4, {shape}), torch.randint(0, 5, (4,))) for _ in range(3)]
"""
LAST, FIRST, SQUARE = "12, 20, 3", "3, 12, 20", "16, 16, 3"


@pytest.mark.parametrize(
    ("shape", "rows", "found"),
    [
        (LAST, "x.view(b, 3, 4, 5, 4, 3).reshape(b, 15, 48)", True),
        (LAST, "x.reshape(b, 3, 4, 5, 4, 3).reshape(b, 15, 16, 3).flatten(2)", True),
        (SQUARE, "x.view(b, 4, 4, 4, 4, 3).reshape(b, 16, 48)", True),
        (FIRST, "x.view(b, 3, 3, 4, 5, 4).reshape(b, 15, 48)", True),
        (LAST, "x.view(b, 3, 4, 5, 4, 3).transpose(2, 3).reshape(b, 15, 48)", False),
        (FIRST, "x.view(b, 3, 3, 4, 5, 4).permute(0, 2, 4, 3, 5, 1).reshape(b, 15, 48)", False),
        # Pooled, stripes that were meant, and a split of one axis.
        (FIRST, "x.view(b, 3, 3, 4, 5, 4).mean((3, 5)).flatten(2)", False),
        (LAST, "x.view(b, 3, 4, 20, 3).reshape(b, 3, 240)", False),
        (LAST, "x.view(b, 12, 5, 4, 3).reshape(b, 60, 12)", False),
        (LAST, "x.flatten(1, 2)", False),
    ],
)
def test_patches_that_are_cut_out(shape, rows, found):
    assert slugs(CUT.format(shape=shape, rows=rows)) == (["patches_not_turned"] if found else [])


BACK = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch, self.head = nn.Conv2d(2, 9, 4, 4), nn.Linear(9, 4 * 4 * 3)

    def forward(self, x):
        b = len(x)
        rows = self.head(self.patch(x).flatten(2).transpose(1, 2).tanh())
        return {image}


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 2, {h}, {w}), torch.randint(0, 3, (5, {h}, {w}))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("h", "w", "image", "found"),
    [
        (12, 20, "rows.view(b, 3, 5, 4, 4, 3).reshape(b, 12, 20, 3).permute(0, 3, 1, 2)", True),
        (16, 16, "rows.view(b, 4, 4, 4, 4, 3).reshape(b, 16, 16, 3).permute(0, 3, 1, 2)", True),
        (12, 20, "rows.view(b, 3, 5, 3, 4, 4).reshape(b, 3, 12, 20)", True),
        (12, 20, "rows.view(b, 3, 5, 4, 4, 3).transpose(2, 3).reshape(b, 12, 20, 3).permute(0, 3, 1, 2)", False),
        (12, 20, "rows.view(b, 3, 5, 3, 4, 4).permute(0, 3, 1, 4, 2, 5).reshape(b, 3, 12, 20)", False),
        (12, 20, "F.pixel_shuffle(rows.view(b, 3, 5, 48).permute(0, 3, 1, 2), 4)", False),
        (12, 20, "F.fold(rows.transpose(1, 2), (12, 20), 4, stride=4)", False),
    ],
)
def test_patches_that_are_put_back(h, w, image, found):
    told = slugs(BACK.format(h=h, w=w, image=image))
    assert ("patches_not_turned" in told) is found
    assert found or told == []


def test_the_join_is_the_place():
    program = CUT.format(shape=LAST, rows="x.view(b, 3, 4, 5, 4, 3).reshape(b, 15, 48)")
    edit = "        rows = x.view(b, 3, 4, 5, 4, 3).permute(0, 1, 3, 2, 4, 5).reshape(b, 15, 48)\n"
    assert audited(program) == [("patches_not_turned", [edit])]


TOKENS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch, self.head = nn.Conv2d(2, 9, 4, 4), nn.Linear(9, 4 * 4 * 3)
        self.look = nn.TransformerEncoderLayer(9, 3, 16, dropout=0.0, batch_first=True)
        self.first, self.smooth = nn.Linear(4 * 4 * 2, 9), nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x):
        b, n, h, w = len(x), {h} * {w} // 16, {h}, {w}
        tokens = {tokens}
        rows = self.head(self.look(tokens))
        return {image}


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 2, {h}, {w}), torch.randint(0, 3, (5, {h}, {w}))) for _ in range(3)]
"""
SLID = "self.patch(x).flatten(2).transpose(1, 2)"
PLAIN = "self.first(x.view(b, 2, h // 4, 4, w // 4, 4).permute(0, 2, 4, 3, 5, 1).reshape(b, n, 32))"
BLOCKS = "view(b, h // 4, w // 4, 4, 4, 3).transpose(2, 3).reshape(b, h, w, 3).permute(0, 3, 1, 2)"


@pytest.mark.parametrize(("tokens", "h", "w"), [(SLID, 16, 16), (PLAIN, 8, 12)])
@pytest.mark.parametrize(
    ("image", "found"),
    [
        ("rows.view(b, h, w, 3).permute(0, 3, 1, 2)", True),
        ("rows.view(b, n, 16, 3).reshape(b, h, w, -1).permute(0, 3, 1, 2)", True),
        ("rows." + BLOCKS, False),
        ("rows.view(b, n, 16, 3)." + BLOCKS, False),
        ("F.fold(rows.transpose(1, 2), (h, w), 4, stride=4)", False),
    ],
)
def test_tokens_that_are_laid_out_as_stripes(tokens, h, w, image, found):
    told = slugs(TOKENS.format(tokens=tokens, h=h, w=w, image=image))
    assert told == (["patches_not_turned"] if found else [])


@pytest.mark.parametrize(
    ("tokens", "image"),
    [
        # Tokens that were made of rows come back as rows, and what is smoothed has no clear edges.
        ("self.first(x.permute(0, 2, 3, 1).reshape(b, n, 32))", "rows.view(b, h, w, 3).permute(0, 3, 1, 2)"),
        (SLID, "self.smooth(rows." + BLOCKS + ")"),
        (SLID, "self.smooth(rows.view(b, h, w, 3).permute(0, 3, 1, 2))"),
    ],
)
def test_tokens_that_are_left_alone(tokens, image):
    assert slugs(TOKENS.format(tokens=tokens, h=12, w=16, image=image)) == []


def test_the_edit_puts_the_tokens_where_their_pixels_are():
    image = "rows.view(b, n, 16, 3).reshape(b, h, w, 3).permute(0, 3, 1, 2)"
    ((slug, (edit,)),) = audited(TOKENS.format(tokens=SLID, h=12, w=20, image=image))
    assert slug == "patches_not_turned"
    assert ".view(b, n, 16, 3).reshape(-1, 3, 5, 4, 4, 3).transpose(2, 3).reshape(b, h, w, 3)" in edit
    assert slugs(TOKENS.format(tokens=SLID, h=12, w=20, image=edit.strip().removeprefix("return "))) == []


GREY = TOKENS.replace("4 * 4 * 3", "4 * 4").replace("nn.CrossEntropyLoss()", "nn.MSELoss()")
GREY = GREY.replace("torch.randint(0, 3, (5, {h}, {w}))", "torch.rand(5, 1, {h}, {w})")


@pytest.mark.parametrize("tokens", [SLID, PLAIN])
@pytest.mark.parametrize(
    ("image", "found"),
    [
        ("rows.view(b, h // 4, w // 4, 4, 4).reshape(b, 1, h, w)", True),
        ("rows.unflatten(1, (h // 4, w // 4)).view(b, h // 4, w // 4, 4, 4).reshape(b, 1, h, w)", True),
        ("rows.view(b, h // 4, w // 4, 4, 4).transpose(2, 3).reshape(b, 1, h, w)", False),
        ("rows.view(b, h // 4, w // 4, 4, 4).permute(0, 1, 3, 2, 4).reshape(b, 1, h, w)", False),
    ],
)
def test_patches_of_one_channel_that_are_joined(tokens, image, found):
    assert slugs(GREY.format(tokens=tokens, h=8, w=12, image=image)) == (["patches_not_turned"] if found else [])

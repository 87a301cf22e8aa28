"""Positions that are counted along the batch or the heads, in several styles, each with a correct twin."""

from __future__ import annotations

import linecache

import pytest
import torch
from programs import audited, slugs
from torch import nn

from shapecheck import audit

ADDED = """
def waves(rows, width):
    angles = torch.arange(rows).unsqueeze(1) * torch.exp(torch.arange(0, width, 2) * -0.5)
    table = torch.zeros(rows, width)
    table[:, 0::2], table[:, 1::2] = angles.sin(), angles.cos()
    return table


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp, self.out = nn.Linear(3, 8), nn.Linear(8, 5)
        {table}
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0)

    def forward(self, x):
        x = self.inp(x).transpose(0, 1)
        x = x + {taken}
        return self.out(self.encoder(x).mean(0))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(12, 7, 3), torch.randint(0, 5, (12,))) for _ in range(2)]
"""
BUFFER = "self.register_buffer('table', waves({rows}, 8).unsqueeze({at}))"
LEARNED = "self.table = nn.Parameter(torch.randn({shape}) * 0.1)"
ALONG_BATCH = [
    (BUFFER.format(rows=12, at=0), "self.table[: x.size(0)]"),
    (BUFFER.format(rows=12, at=0), "self.table"),
    (BUFFER.format(rows=20, at=0), "self.table[:, : x.size(1)]"),
    (LEARNED.format(shape="1, 12, 8"), "self.table[: len(x)]"),
    (LEARNED.format(shape="1, 20, 8"), "self.table[:, : x.size(1)]"),
    ("self.table = nn.Embedding(12, 8)", "self.table(torch.arange(x.size(1)))"),
]
ALONG_STEPS = [
    (BUFFER.format(rows=12, at=1), "self.table[: x.size(0)]"),
    (BUFFER.format(rows=7, at=1), "self.table"),
    (BUFFER.format(rows=12, at=0), "self.table.transpose(0, 1)[: x.size(0)]"),
    (LEARNED.format(shape="12, 1, 8"), "self.table[: len(x)]"),
    ("self.table = nn.Embedding(12, 8)", "self.table(torch.arange(x.size(0)))[:, None]"),
    # Noise that is the same for all steps, and a row that is the same for all samples.
    ("self.register_buffer('table', torch.randn(1, 12, 8))", "self.table"),
    (LEARNED.format(shape="1, 1, 8"), "self.table[: x.size(0)]"),
]


@pytest.mark.parametrize(("table", "taken"), ALONG_BATCH)
def test_positions_along_the_batch(table, taken):
    assert slugs(ADDED.format(table=table, taken=taken)) == ["positions_along_batch"]


@pytest.mark.parametrize(("table", "taken"), ALONG_STEPS)
def test_positions_along_the_steps(table, taken):
    assert slugs(ADDED.format(table=table, taken=taken)) == []


def test_the_table_is_turned():
    table, taken = ALONG_BATCH[0]
    ((_, edits),) = audited(ADDED.format(table=table, taken=taken))
    assert [edit.strip() for edit in edits] == ["x = x + self.table.transpose(0, 1)[:x.size(0)]"]


EDITED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp, self.out = nn.Linear(3, 8), nn.Linear(8, 5)
        {table}
        self.gru = nn.GRU(8, 8, batch_first={first})

    def forward(self, x):
        x = self.inp(x)
        x = x if {first} else x.transpose(0, 1)
        x = x + {taken}
        out, _ = self.gru(x)
        return self.out(out[:, -1] if {first} else out[-1])


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(12, 7, 3), torch.randint(0, 5, (12,))) for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("shape", "taken", "first", "edited"),
    [
        ("20, 1, 8", "self.table[: x.size(0)]", True, "self.table[:x.size(1)].transpose(0, 1)"),
        ("20, 1, 8", "self.table[: len(x)]", True, "self.table[:x.size(1)].transpose(0, 1)"),
        ("20, 8", "self.table[: x.shape[1]]", False, "self.table[:x.shape[0]].unsqueeze(1)"),
        ("1, 20, 8", "self.table[:, : x.size(1)]", False, "self.table[:, :x.size(0)].transpose(0, 1)"),
        (
            None,
            "self.table(torch.arange(x.size(0)).unsqueeze(1))",
            True,
            "self.table(torch.arange(x.size(1)).unsqueeze(0))",
        ),
        ("20, 1, 8", "self.table[:12]", True, None),  # which size a number was is not known
    ],
)
def test_the_steps_are_counted_in_the_place_of_the_samples(shape, taken, first, edited):
    table = "self.table = nn.Embedding(20, 8)" if shape is None else LEARNED.format(shape=shape)
    ((slug, edits),) = audited(EDITED.format(table=table, taken=taken, first=first))
    assert slug == "positions_along_batch"
    assert [edit.strip() for edit in edits] == ([f"x = x + {edited}"] if edited else [])
    if edited:
        assert slugs(EDITED.format(table=table, taken=edited, first=first)) == []


TURNED = """
import math
H, D = 3, 4


def angles(size):
    return torch.outer(torch.arange(size).float(), torch.tensor([1.0, 0.1]))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.out, self.norm = nn.Linear(3, 3 * H * D), nn.Linear(H * D, 5), nn.LayerNorm(3)
        self.register_buffer("cos", angles(30).cos())
        self.register_buffer("sin", angles(30).sin())

    def halves(self, x, n, at):
        one, other = x.chunk(2, -1)
        shape = [n if axis == at else 1 for axis in range(3)] + [2]
        cos, sin = self.cos[:n].view(shape[1:] if at else shape), self.sin[:n].view(shape[1:] if at else shape)
        return torch.cat([one * cos - other * sin, one * sin + other * cos], -1)

    def pairs(self, x, n, at):
        cos, sin = angles(n).cos().repeat_interleave(2, -1), angles(n).sin().repeat_interleave(2, -1)
        turned = torch.stack([-x[..., 1::2], x[..., ::2]], -1).flatten(-2)
        shape = (n, 1, 4) if at == 1 else (n, 4)
        return x * cos.view(shape) + turned * sin.view(shape)

    def complex(self, x, n, at):
        table = torch.polar(torch.ones(n, 2), angles(n))
        table = table[:, None] if at == 1 else table
        return torch.view_as_real(torch.view_as_complex(x.reshape(*x.shape[:-1], 2, 2)) * table).flatten(-2)

    def forward(self, x):
        q, k, v = (part.view(*x.shape[:2], H, D) for part in self.qkv(self.norm(x)).chunk(3, -1))
        {turn}
        {attend}
        return self.out(out.transpose(1, 2).flatten(2).mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(6, 7, 3), torch.randint(0, 5, (6,))) for _ in range(2)]
"""
LATER = "q, k = (self.{how}(t, {n}, {at}) for t in (q, k)); q, k, v = (t.transpose(1, 2) for t in (q, k, v))"
BEFORE = "q, k, v = (t.transpose(1, 2) for t in (q, k, v)); q, k = (self.{how}(t, {n}, {at}) for t in (q, k))"
ATTEND = [
    "out = F.scaled_dot_product_attention(q, k, v)",
    "out = (q @ k.transpose(-2, -1) / math.sqrt(D)).softmax(-1) @ v",
    "out = torch.einsum('bhqk,bhkd->bhqd', torch.einsum('bhqd,bhkd->bhqk', q, k).softmax(-1), v)",
]


@pytest.mark.parametrize(("how", "attend"), [*zip(["halves", "pairs", "complex"], ATTEND, strict=True)])
def test_heads_are_not_turned_by_their_number(how, attend):
    wrong = LATER.format(how=how, n="q.size(-2)", at=2)
    assert slugs(TURNED.format(turn=wrong, attend=attend)) == ["positions_along_heads"]
    right = LATER.format(how=how, n="q.size(1)", at=1)
    assert slugs(TURNED.format(turn=right, attend=attend)) == []
    right = BEFORE.format(how=how, n="q.size(-2)", at=2)
    assert slugs(TURNED.format(turn=right, attend=attend)) == []


AXES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(3, 24), nn.Linear(8, 5)

    def turned(self, x, n):
        table = torch.outer(torch.arange(n).float(), torch.tensor([1.0, 0.1, 0.02, 0.3]))
        one, other = x.chunk(2, -1)
        return torch.cat([one * table.cos() - other * table.sin(), one * table.sin() + other * table.cos()], -1)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, -1)
        joints = F.scaled_dot_product_attention(self.turned(q, q.size(-2)), self.turned(k, k.size(-2)), v)
        q, k, v = (part.transpose(1, 2) for part in (joints, joints, joints))
        steps = F.scaled_dot_product_attention(self.turned(q, q.size(-2)), self.turned(k, k.size(-2)), v)
        return self.out(steps.mean((1, 2)))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(6, 7, 4, 3), torch.randint(0, 5, (6,))) for _ in range(2)]
"""


def test_an_attention_along_each_of_two_axes_turns_along_its_own():
    assert slugs(AXES) == []


def counted_rows(count, width):
    angles = torch.arange(count)[:, None] * torch.linspace(1.0, 0.01, width // 2)
    return torch.cat([angles.sin(), angles.cos()], 1)


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(9, 8)
        self.attend, self.head = nn.MultiheadAttention(8, 2, batch_first=True), nn.Linear(8, 3)

    def forward(self, words):
        x = self.embed(words)
        x = x + counted_rows(len(x), 8)[:, None]
        return self.head(self.attend(x, x, x)[0].mean(1))


def test_positions_of_a_function_are_told_where_it_is_called():
    torch.manual_seed(0)
    batch = torch.randint(0, 9, (5, 7)), torch.randint(0, 3, (5,))
    (found,) = audit(Words(), nn.CrossEntropyLoss(), batch).diagnoses
    assert found.slug == "positions_along_batch"
    line = linecache.getline(found.place.file, found.place.line).strip()
    assert line == "x = x + counted_rows(len(x), 8)[:, None]"


class Turning(nn.Module):
    """Turns what it is given by the number of the last axis but one."""

    def around(self, x, cosine, sine):
        one, other = x.chunk(2, -1)
        return torch.cat([one * cosine - other * sine, one * sine + other * cosine], -1)

    def forward(self, q, k):
        angles = torch.outer(torch.arange(q.shape[-2]).float(), torch.tensor([1.0, 0.1]))
        return self.around(q, angles.cos(), angles.sin()), self.around(k, angles.cos(), angles.sin())


class Attending(nn.Module):
    def __init__(self, heads_first):
        super().__init__()
        self.turning, self.heads_first = Turning(), heads_first
        self.qkv, self.out = nn.Linear(6, 36), nn.Linear(12, 5)

    def forward(self, x):
        q, k, v = self.qkv(x).view(*x.shape[:2], 3, 3, 4).unbind(2)
        if self.heads_first:
            q, k, v = (part.transpose(1, 2) for part in (q, k, v))
            q, k = self.turning(q, k)
        else:
            q, k = self.turning(q, k)
            q, k, v = (part.transpose(1, 2) for part in (q, k, v))
        seen = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.out(seen.transpose(1, 2).flatten(2).mean(1))


def test_a_helper_that_turns_what_it_is_given_is_told_where_it_got_it():
    torch.manual_seed(0)
    batch = torch.randn(8, 7, 6), torch.randint(0, 5, (8,))
    (found,) = audit(Attending(False), nn.CrossEntropyLoss(), batch).diagnoses
    assert found.slug == "positions_along_heads"
    line = linecache.getline(found.place.file, found.place.line).strip()
    assert line == "q, k = self.turning(q, k)"
    assert audit(Attending(True), nn.CrossEntropyLoss(), batch).diagnoses == ()

"""Attention over the places of a map: what each place got goes back to where it belongs."""

from __future__ import annotations

import pytest
from programs import audited, slugs

ATTENDS = """
class Augmented(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.mix, self.same = nn.{conv}(5, 18, 1), nn.{conv}(6, 5, 1), nn.Linear(3, 3)

    def forward(self, x):
        b, n = len(x), x[0, 0].numel()
        q, k, v = self.qkv(x).split(6, dim=1)
{body}
        return x + self.mix(z)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.attend, self.out = nn.{conv}(3, 5, 1), Augmented(), nn.{conv}(5, 1, 1)

    def forward(self, x):
        return self.out(F.relu(self.attend(self.stem(x))))


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(4, 3, {sizes}), torch.randn(4, 1, {sizes})) for _ in range(3)]
"""
HEADS = "q, k, v = (t.reshape(b, 2, 3, n).transpose(2, 3) for t in (q, k, v))"
FOLDED = "q, k, v = (t.reshape(b * 2, 3, n).transpose(1, 2) for t in (q, k, v))"
ONE = "q, k, v = (t.flatten(2).transpose(1, 2) for t in (q, k, v))"
WEIGHED = "a = (q @ k.mT).softmax(-1) @ v"
FUSED = "a = F.scaled_dot_product_attention(q, k, v)"


def of(*lines, conv="Conv2d", sizes="7, 8"):
    return ATTENDS.format(body="\n".join(f"        {line}" for line in lines), conv=conv, sizes=sizes)


@pytest.mark.parametrize(
    ("cut", "attend", "put"),
    [
        (HEADS, WEIGHED, "z = a{}.reshape(b, 6, 7, 8)"),
        (HEADS, FUSED, "z = a{}.reshape(x.shape[0], -1, 7, 8)"),
        (HEADS, WEIGHED, "z = a{}.reshape(b, 6, n).view(b, 6, 7, 8)"),
        (FOLDED, WEIGHED, "z = a{}.reshape(b, 6, 7, 8)"),
        # The heads stand apart for a while.
        (HEADS, WEIGHED, "z = a{}.reshape(b, 2, 3, 7, 8).flatten(1, 2)"),
        # A layer that each place has for itself.
        (HEADS, WEIGHED, "a = self.same(a); z = a{}.reshape(b, 6, 7, 8)"),
    ],
)
def test_the_features_go_in_front_of_the_places(cut, attend, put):
    ((slug, edits),) = audited(of(cut, attend, put.format("")))
    assert slug == "axes_renamed"
    turn = "permute(0, 2, 1)" if cut == FOLDED else "permute(0, 1, 3, 2)"
    assert turn in edits[0]
    assert slugs(of(cut, attend, put.format(".transpose(-2, -1)"))) == []


def test_a_series_is_a_map_of_one_axis():
    wrong, right = (f"z = a{turn}.reshape(b, 6, n)" for turn in ("", ".mT"))
    assert "axes_renamed" in slugs(of(HEADS, WEIGHED, wrong, conv="Conv1d", sizes="11"))
    assert slugs(of(HEADS, WEIGHED, right, conv="Conv1d", sizes="11")) == []


def test_without_heads_it_is_the_same():
    assert slugs(of(ONE, WEIGHED, "z = a.reshape(b, 6, 7, 8)"))
    assert slugs(of(ONE, WEIGHED, "z = a.transpose(1, 2).reshape(b, 6, 7, 8)")) == []


@pytest.mark.parametrize(
    "lines",
    [
        # The values were never turned, or channels attend to channels.
        (
            "q, k, v = (t.reshape(b, 2, 3, n) for t in (q, k, v))",
            "z = (v @ (q.mT @ k).softmax(-1).mT).reshape(b, 6, 7, 8)",
        ),
        (
            "q, k, v = (t.reshape(b, 2, 3, n) for t in (q, k, v))",
            "z = ((q @ k.mT).softmax(-1) @ v).reshape(b, 6, 7, 8)",
        ),
        # The places stay in front, and go behind the features afterwards.
        (HEADS, WEIGHED, "z = a.transpose(1, 2).reshape(b, 7, 8, 6).permute(0, 3, 1, 2)"),
        (ONE, WEIGHED, "z = a.reshape(b, 7, 8, 6).permute(0, 3, 1, 2)"),
        # The shape is taken away again.
        (
            HEADS,
            WEIGHED,
            "a = F.dropout2d(a.reshape(b, 6, 7, 8), 0.0); a = a.reshape(b, 2, n, 3)",
            "z = a.mT.reshape(b, 6, 7, 8)",
        ),
        (HEADS, WEIGHED, "z = a.reshape(b, 2, 7, 8, 3).permute(0, 1, 4, 2, 3).flatten(1, 2)"),
        ("q = q.flatten(2).mT", "z = q.reshape(b, 7, 8, 6).movedim(3, 1)"),
    ],
)
def test_what_comes_to_stand_where_it_belongs(lines):
    assert slugs(of(*lines)) == []


@pytest.mark.parametrize("sizes", ["6, 5", "6, 6"])
def test_rows_that_are_as_many_as_features(sizes):
    put = f"z = q.reshape(b, {sizes}, 6).permute(0, 3, 1, 2)"
    assert slugs(of("q = q.flatten(2).mT", put, sizes=sizes)) == []

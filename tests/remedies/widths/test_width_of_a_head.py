"""What was made for all heads together and meets one of them."""

import pytest
from mended import mended, printed

ROTARY = """
    class Rotary:
        def __init__(self, dim):
            self.speeds = 1.0 / (10000 ** (torch.arange(0, dim, 2).float() / dim))

        def __call__(self, x):
            angles = torch.outer(torch.arange(x.size({steps})).float(), self.speeds)
            both = torch.cat([angles, angles], -1){more}
            a, b = x.chunk(2, -1)
            return x * both.cos() + torch.cat([-b, a], -1) * both.sin()

    width, heads, steps = 24, {heads}, 7
    rope = Rotary({told})
    q = nn.Linear(width, width)(torch.randn(2, 7, width)).view(2, 7, {by}, -1){turn}
    print(round(rope(q).sum().item(), 4))
"""


@pytest.mark.parametrize(("turn", "steps", "more"), [(".transpose(1, 2)", 2, ""), ("", 1, "[:, None]")])
def test_a_table_for_one_head_is_as_wide_as_one(turn, steps, more):
    parts = {"turn": turn, "steps": steps, "more": more, "heads": 4, "by": "heads"}
    found = mended(ROTARY.format(told="width", **parts))
    assert found.changed == ["rope = Rotary(width // heads)"]
    assert found.output == printed(ROTARY.format(told="width // heads", **parts))
    assert not found.doubts


def test_a_number_that_took_nothing_apart_is_none_of_heads():
    parts = {"turn": ".transpose(1, 2)", "steps": 2, "more": "", "heads": 4, "by": "4"}
    found = mended(ROTARY.format(told="width", **parts), most=1)
    assert not any("//" in fix.title for fix in found.diagnoses[0].fixes)


NORM = """
    class Attention(nn.Module):
        def __init__(self, width, heads, more):
            super().__init__()
            self.heads, self.more = heads, more
            self.qkv, self.norm = nn.Linear(width, 3 * width), nn.LayerNorm({told})

        def forward(self, x):
            b, t, width = x.shape
            q, k, v = [z.view(b, t, {heads}, -1).transpose(1, 2) for z in self.qkv(x).chunk(3, -1)]
            scores = self.norm(q) @ self.norm(k).transpose(-2, -1)
            return (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, width)

    print(round(Attention(12, 3, {more})(torch.randn(2, 5, 12)).sum().item(), 4))
"""


def test_a_norm_of_one_head_is_made_for_one():
    found = mended(NORM.format(told="width", heads="self.heads", more=7))
    assert found.output == printed(NORM.format(told="width // heads", heads="self.heads", more=7))
    assert not found.doubts


def test_two_parameters_of_that_number_leave_it_open():
    found = mended(NORM.format(told="width", heads="self.heads", more=3), most=1)
    assert not any("//" in fix.title for fix in found.diagnoses[0].fixes)


def test_parts_that_are_no_heads_are_left():
    found = mended("norm = nn.LayerNorm(12)\nprint(norm(torch.randn(2, 5, 7, 4)).shape)", most=1)
    assert not any("//" in fix.title for fix in found.diagnoses[0].fixes)


MERGED = """
    class Attention(nn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.heads, self.qkv, self.out = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

        def forward(self, x):
            b, t, width = x.shape
            q, k, v = [z.view(b, t, self.heads, -1).transpose(1, 2) for z in self.qkv(x).chunk(3, -1)]
            return self.out((q @ k.transpose(-2, -1)).softmax(-1) @ v)

    print(Attention(12, 4)(torch.randn(2, 5, 12)).shape)
"""


def test_heads_may_have_to_be_put_together_first():
    found = mended(MERGED)
    assert not any("// heads" in line for line in found.changed) or found.doubts


def test_what_attention_gives_may_have_to_be_put_together_before_a_norm():
    text = MERGED.replace("nn.Linear(width, width)", "nn.LayerNorm(width)")
    found = mended(text, most=1)
    assert found.doubts or not any("// heads" in line for line in found.changed)

"""A size that is asked of another tensor than the one that what is made with it must go with."""

import pytest
from mended import mended, printed

SPOKEN = """
    def join(text, sound, voice):
        letters, steps = text.size(1), sound.size(1)
        spread = voice[:, None].expand(-1, {size}, -1)
        return torch.cat([{parts}], dim=-1), text.mean(1), letters + steps

    joined, _, _ = join(torch.randn(3, 5, 4), torch.randn(3, 11, 6), torch.randn(3, 2))
    print(nn.GRU(8, 7, batch_first=True)(joined)[0].sum().item())
"""
MASKED = """
    def future(x):
        return torch.full((x.shape[1], x.shape[1]), float("-inf")).triu(1)

    class Translate(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(13, 8)
            self.net = nn.Transformer(8, 2, 1, 1, 12, 0.0, batch_first=True)

        def forward(self, src, tgt):
            {before}
            return self.net(self.words(src), self.words(tgt), tgt_mask={mask})

    print(Translate()(torch.randint(13, (3, 9)), torch.randint(13, (3, 6))).sum().item())
"""
SQUARE = "nn.Transformer.generate_square_subsequent_mask"
PLACED = """
    places, words = nn.Embedding(20, 4), nn.Embedding(13, 4)

    def place(src, tgt):
        return words({words}) + places(torch.arange({size})), words({other}).sum()

    print(place(torch.randint(13, (3, 9)), torch.randint(13, (3, 6)))[0].sum().item())
"""


@pytest.mark.parametrize(
    ("program", "wrong", "right"),
    [
        (SPOKEN, {"size": "text.size(1)", "parts": "sound, spread"}, {"size": "sound.size(1)"}),
        (SPOKEN, {"size": "text.shape[1]", "parts": "spread, sound"}, {"size": "sound.shape[1]"}),
        (SPOKEN, {"size": "letters", "parts": "sound, spread"}, {"size": "steps"}),
        (MASKED, {"mask": f"{SQUARE}(src.size(1))", "before": "pass"}, {"mask": f"{SQUARE}(tgt.size(1))"}),
        (MASKED, {"mask": f"{SQUARE}(n)", "before": "n = src.size(1)"}, {"before": "n = tgt.size(1)"}),
        (MASKED, {"mask": "future(src)", "before": "pass"}, {"mask": "future(tgt)"}),
        (MASKED, {"mask": "future(src)[:n, :n]", "before": "n = src.size(1)"}, {"before": "n = tgt.size(1)"}),
    ],
)
def test_the_one_that_it_goes_with_is_asked(program: str, wrong: dict[str, str], right: dict[str, str]) -> None:
    found = mended(program.format(**wrong), most=1)
    assert found.output == printed(program.format(**{**wrong, **right}))
    assert not found.doubts


def test_the_headline_says_so() -> None:
    found = mended(SPOKEN.format(size="text.size(1)", parts="sound, spread"), most=1)
    assert found.diagnoses[0].slug == "size_of_another_tensor"
    assert found.changed == ["spread = voice[:, None].expand(-1, sound.size(1), -1)"]


@pytest.mark.parametrize(
    ("fields", "is_sure"),
    [
        ({"words": "tgt", "size": "src.size(1)", "other": "src"}, True),
        # Nothing is read of the targets but their size: they may be what was to be looked up.
        ({"words": "src", "size": "tgt.size(1)", "other": "src"}, False),
    ],
)
def test_what_is_only_asked_for_its_size_may_be_what_was_meant(fields: dict[str, str], is_sure: bool) -> None:
    found = mended(PLACED.format(**fields), most=1)
    assert found.output != "crashed"
    assert bool(found.doubts) != is_sure


def test_what_was_made_of_the_tensor_that_is_asked_may_have_lost_its_size() -> None:
    program = """
        def join(text, sound, voice):
            context, _ = nn.MultiheadAttention(4, 2, batch_first=True)(text, sound, sound)
            return torch.cat([context, voice[:, None].expand(-1, sound.size(1), -1)], dim=-1)

        print(join(torch.randn(3, 5, 4), torch.randn(3, 11, 4), torch.randn(3, 2)).shape)
    """
    assert mended(program, most=1).doubts


@pytest.mark.parametrize("axis", [0, 2])
def test_another_axis_is_asked_only_where_that_mends_it(axis: int) -> None:
    program = """
        def join(states, last):
            query = last[:, None].expand(-1, states.size({axis}), -1)
            return torch.cat([states, query], 2)

        print(join(torch.randn(3, 11, 6), torch.randn(3, 5)).sum().item())
    """
    found = mended(program.format(axis=axis), most=1)
    assert found.output == printed(program.format(axis=1))
    assert found.diagnoses[0].slug == "size_of_another_axis"

"""Masks that attention refused: as high as wide, taken of tokens, under the name of the place that they fit."""

import pytest
from mended import mended, printed

SCORES = """
    class Attend(nn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.heads = heads
            self.qkv = nn.Linear(width, 3 * width)

        def forward(self, x):
            n, steps, width = x.shape
            q, k, v = self.qkv(x).view(n, steps, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            scores = q @ k.transpose(-2, -1)
            mask = {mask}
            scores = {hide}
            return (scores.softmax(-1) @ v).transpose(1, 2).reshape(n, steps, width)


    print(round(Attend(8, 2)(torch.randn(5, 7, 8)).sum().item(), 3))
"""
HIDES = ["scores.masked_fill(mask == 0, -1e9)", "scores * mask", "torch.where(mask > 0, scores, torch.tensor(-1e9))"]


@pytest.mark.parametrize("hide", HIDES)
@pytest.mark.parametrize("mask", ["torch.tril(torch.ones({}, steps))", "torch.ones(({}, steps)).tril()"])
def test_a_mask_of_the_future_is_as_high_as_it_is_wide(mask, hide):
    found = mended(SCORES.format(mask=mask.format("n"), hide=hide))
    assert found.changed == [f"mask = {mask.format('steps')}"]
    assert found.output == printed(SCORES.format(mask=mask.format("steps"), hide=hide))
    assert not found.doubts


def test_a_mask_of_padding_is_spread_over_the_queries():
    program = SCORES.format(mask="(x[..., 0] > -1).float()", hide=HIDES[0])
    assert "n -> steps" not in [fix.title for fix in mended(program, most=1).diagnoses[0].fixes]


PADDED = """
    class Net(nn.Module):
        def __init__(self, words=20, width=6, heads=2):
            super().__init__()
            self.words = nn.Embedding(words, width)
            self.attend = {layer}

        def forward(self, ids):
{lines}
            return {call}


    print(round(Net()(torch.randint(1, 20, (5, 7))).sum().item(), 3))
"""
LAYERS = [
    ("nn.MultiheadAttention(width, heads, batch_first=True)", "self.attend({0}, {0}, {0}, key_padding_mask=pad)[0]"),
    (
        "nn.TransformerEncoderLayer(width, heads, 9, dropout=0.0, batch_first=True)",
        "self.attend({0}, src_key_padding_mask=pad)",
    ),
]


@pytest.mark.parametrize(("layer", "call"), LAYERS)
@pytest.mark.parametrize(
    ("name", "bad", "good"),
    [
        ("ids", ["ids = self.words(ids)", "pad = ids == 0"], ["pad = ids == 0", "ids = self.words(ids)"]),
        ("h", ["h = self.words(ids) * 2", "pad = h.eq(0) | (h == 0)"], None),
        ("h", ["h = self.words(ids)", "pad = (h == 0)"], ["h = self.words(ids)", "pad = (ids == 0)"]),
    ],
)
def test_padding_is_told_by_the_tokens(layer, call, name, bad, good):
    programs = [
        PADDED.format(layer=layer, call=call.format(name), lines="\n".join(" " * 12 + each for each in lines))
        for lines in (bad, good or bad)
    ]
    found = mended(programs[0])
    if good is None:
        # Of two comparisons one alone is not what mends it.
        assert found.output == "crashed" or found.doubts
        return
    assert found.output == printed(programs[1])
    assert not found.doubts


def test_a_mask_is_not_moved_in_front_of_what_it_reads():
    lines = ["ids = self.words(ids)", "least = 0", "pad = ids == least"]
    text = "\n".join(" " * 12 + each for each in lines)
    program = PADDED.format(layer=LAYERS[0][0], call=LAYERS[0][1].format("ids"), lines=text)
    titles = [fix.title for fix in mended(program, most=1).diagnoses[0].fixes]
    assert not any(title.endswith(" first") for title in titles)


DECODED = """
    layer = nn.TransformerDecoderLayer(6, 2, 9, dropout=0.0, batch_first=True)
    decode = {model}
    memory, words = torch.randn(5, 9, 6), torch.randn(5, 7, 6)
    ahead = torch.triu(torch.ones({n}, {n}), diagonal=1).bool()
    print(round(decode(words, memory, {name}=ahead).sum().item(), 3))
"""


@pytest.mark.parametrize("model", ["layer", "nn.TransformerDecoder(layer, 2)"])
def test_a_mask_of_the_targets_is_named_so(model):
    found = mended(DECODED.format(model=model, n=7, name="memory_mask"))
    assert found.output == printed(DECODED.format(model=model, n=7, name="tgt_mask"))
    assert not found.doubts


@pytest.mark.parametrize(("name", "n"), [("tgt_mask", 9), ("memory_mask", 9)])
def test_a_mask_that_fits_no_free_place_keeps_its_name(name, n):
    found = mended(DECODED.format(model="layer", n=n, name=name), most=1)
    assert not any("=ahead" in fix.title for fix in found.diagnoses[0].fixes)

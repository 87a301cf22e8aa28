"""A mask of paddings that attention was given as the mask of queries and keys."""

import pytest
from mended import mended, printed

DECODER = """
    layer = nn.TransformerDecoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    model = nn.TransformerDecoder(layer, 1)
    tokens = torch.tensor([[3, 4, 5, 0, 0], [3, 4, 5, 6, 7], [6, 2, 0, 0, 0]])
    padding = tokens == 0
    print(model(torch.rand(3, 5, 8), torch.rand(3, 4, 8), {given}).shape)
"""
ENCODER = """
    PAD_ID = 1

    class Reader(nn.Module):
        def __init__(self, width=8):
            super().__init__()
            self.words = nn.Embedding(9, width)
            layer = nn.TransformerEncoderLayer(width, 2, 16, dropout=0.0)
            self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)

        def forward(self, x):
            seen = x {sign} PAD_ID
            return self.encoder(self.words(x).transpose(0, 1), {given})

    print(round(Reader()(torch.tensor([[3, 4, 5, 1, 1], [3, 4, 5, 6, 7]]))[0].sum().item(), 4))
"""


@pytest.mark.parametrize("given", ["tgt_mask=padding", "padding"])
def test_a_mask_of_paddings_goes_by_its_own_keyword(given):
    found = mended(DECODER.format(given=given), most=1)
    assert "tgt_key_padding_mask=padding" in found.changed[0]
    # Whether what comes later is to be hidden as well, nothing says.
    assert found.doubts


@pytest.mark.parametrize(("sign", "right"), [("==", "seen"), ("!=", "~seen")])
@pytest.mark.parametrize("given", ["mask=seen", "seen"])
def test_what_is_hidden_is_read_from_how_the_mask_was_made(sign, right, given):
    found = mended(ENCODER.format(sign=sign, given=given), most=1)
    assert found.output == printed(ENCODER.format(sign=sign, given=f"src_key_padding_mask={right}"))
    assert not found.doubts


def test_a_mask_of_which_nothing_is_known_is_in_doubt():
    program = DECODER.format(given="memory_mask=torch.rand(3, 4) > 0.5")
    (found,) = mended(program, most=1).diagnoses
    assert all(fix.doubt for fix in found.fixes if "memory_key_padding_mask" in fix.title)


def test_a_mask_of_other_queries_is_no_mask_of_paddings():
    program = DECODER.replace("tokens == 0", "torch.ones(6, 5).triu(1).bool()").format(given="tgt_mask=padding")
    (found,) = mended(program, most=1).diagnoses
    assert not any("key_padding_mask" in fix.title for fix in found.fixes)


@pytest.mark.parametrize(
    ("rows", "doubt"),
    [
        ("[[0, 0, 0, 0, 1], [0, 0, 0, 0, 0]]", False),
        ("[[0] * 5, [0] * 5]", False),
        ("[[0, 0, 0, 0, 1], [0, 0, 0, 1, 1]]", True),
    ],
)
def test_a_row_without_any_says_what_true_means(rows, doubt):
    program = """
        attention, x = nn.MultiheadAttention(6, 2, batch_first=True), torch.randn(2, 5, 6)
        mask = torch.tensor({rows}).eq(1)
        print(round(attention(x, x, x, {name}=mask)[0].sum().item(), 4))
    """
    found = mended(program.format(rows=rows, name="attn_mask"))
    assert found.output == printed(program.format(rows=rows, name="key_padding_mask"))
    assert bool(found.doubts) is doubt

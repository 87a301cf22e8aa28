"""A mask counted along the samples, where two sequences with other steps say which axis that of the samples is."""

import pytest
from mended import mended, printed

PROGRAM = """
class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.both = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 12, dropout=0.0{first}), 1)

    def forward(self, src, tgt):
        mask = nn.Transformer.generate_square_subsequent_mask({asked})
        return self.both(tgt, src, tgt_mask=mask)


print(Pair()({src}, {tgt}).sum().item())
"""


@pytest.mark.parametrize(
    ("first", "bad", "good", "src", "tgt"),
    [
        (", batch_first=True", "tgt.shape[0]", "tgt.shape[1]", "torch.randn(3, 7, 8)", "torch.randn(3, 5, 8)"),
        ("", "tgt.size(1)", "tgt.size(0)", "torch.randn(7, 3, 8)", "torch.randn(5, 3, 8)"),
    ],
)
def test_the_other_axis_was_to_be_counted(first, bad, good, src, tgt):
    told = {"first": first, "src": src, "tgt": tgt}
    found = mended(PROGRAM.format(asked=bad, **told), most=1)
    assert found.output == printed(PROGRAM.format(asked=good, **told))
    assert not found.doubts

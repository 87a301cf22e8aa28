"""A padding mask of the other sequence is replaced by the one of the sequence that it hides."""

import pytest
from mended import mended, printed

TRANSLATE = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.read, self.told = nn.Embedding(11, 8), nn.Embedding(13, 8)
            self.core = nn.Transformer(8, 2, 1, 1, 16, 0.0, batch_first=True)

        def forward(self, src, tgt):
            src_pad, tgt_pad = src.eq(0), tgt.eq(0)
            given = self.read(src), self.told(tgt)
            return self.core(
                *given, src_key_padding_mask={one}, tgt_key_padding_mask=tgt_pad, memory_key_padding_mask={two}
            )


    model = Model()
    print(round(model(torch.randint(1, 11, (5, 9)), torch.randint(1, 13, (5, 6))).square().mean().item(), 4))
"""


@pytest.mark.parametrize("wrong", [{"two": "tgt_pad"}, {"one": "tgt_pad"}])
def test_the_mask_of_the_sequence_is_taken(wrong):
    right = {"one": "src_pad", "two": "src_pad"}
    found = mended(TRANSLATE.format(**right | wrong))
    assert found.output == printed(TRANSLATE.format(**right))
    assert not found.doubts


READS = """
    attend = nn.MultiheadAttention(8, 2, batch_first={batch_first})
    asked, read = torch.randn(5, 6, 8){turn}, torch.randn(5, 9, 8){turn}
    ours, theirs{more} = torch.rand(5, 6) > 0.9, torch.rand(5, 9) > 0.9{made}
    out, _ = attend(asked, read, read, key_padding_mask={mask})
    print(round(out.square().mean().item(), 4))
"""


@pytest.mark.parametrize(("batch_first", "turn"), [("True", ""), ("False", ".transpose(0, 1)")])
def test_a_mask_that_has_a_name_there_is_taken(batch_first, turn):
    given = {"more": "", "made": "", "batch_first": batch_first, "turn": turn}
    found = mended(READS.format(**given, mask="ours"))
    assert found.output == printed(READS.format(**given, mask="theirs"))
    assert not found.doubts


def test_which_of_two_masks_is_meant_is_in_doubt():
    given = {"more": ", held", "made": ", torch.rand(5, 9) > 0.5", "batch_first": "True", "turn": ""}
    found = mended(READS.format(**given, mask="ours"))
    assert found.changed == ["out, _ = attend(asked, read, read, key_padding_mask=theirs)"]
    assert found.doubts == ["other masks have this shape as well"]

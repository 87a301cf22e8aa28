"""Masks of another length in evaluation, where a layer of a Transformer says nothing of masks."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(20, 8)
            self.layer = nn.{kind}(8, 2, 16, dropout=0.0, batch_first=True)
            self.register_buffer("later", torch.triu(torch.ones(12, 12), 1).bool())

        def forward(self, memory, words):
            return self.layer(self.table(words){memory}, {name}={mask})


    torch.manual_seed(1)
    model, words, memory = Model(){mode}, torch.ones(2, 5, dtype=torch.long), torch.randn(2, 7, 8)
    with torch.no_grad():
        print(model(memory, words).sum().item())
"""
KINDS = [("TransformerDecoderLayer", ", memory", "tgt_mask"), ("TransformerEncoderLayer", "", "src_mask")]


@pytest.mark.parametrize("mode", ["", ".eval()"])
@pytest.mark.parametrize(("kind", "memory", "name"), KINDS)
def test_the_mask_is_cut_to_the_steps_there_are(kind, memory, name, mode):
    fields = {"kind": kind, "memory": memory, "name": name, "mode": mode}
    found = mended(PROGRAM.format(mask="self.later", **fields))
    assert found.diagnoses[0].slug == "mask_does_not_fit"
    right = "self.later[:words.size(1), :words.size(1)]"
    assert found.changed == [f"return self.layer(self.table(words){memory}, {name}={right})"]
    assert found.output == printed(PROGRAM.format(mask=right, **fields))


WHOLE = """
    torch.manual_seed(1)
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    encoder, x = nn.TransformerEncoder(layer, 1), torch.randn(3, 8, 8)
    print(encoder(x, mask=nn.Transformer.generate_square_subsequent_mask(x.size({axis}))).sum().item())
"""


def test_a_whole_encoder_is_as_batch_first_as_its_layers():
    found = mended(WHOLE.format(axis=0))
    assert found.output == printed(WHOLE.format(axis=1))
    assert found.doubts == []

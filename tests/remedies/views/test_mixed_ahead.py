"""A change with which a view takes parts of several axes together is never told for sure."""

from mended import mended, printed

TURNED = """
    notes = torch.randn(6, 4, 5)
    print(tuple(notes.{}.view(4, -1).shape))
"""
AHEAD = """
    def before(frames, places, batch):
        owner = torch.arange(frames).repeat_interleave(places)
        return (owner[:, None] >= owner[None, :]).expand(batch, -1, -1)

    class Places(nn.Module):
        def __init__(self):
            super().__init__()
            self.all = nn.Linear(6, 18)

        def forward(self, maps):
            batch, frames, rows, columns, width = maps.shape
            packed = self.all(maps).flatten(1, 3).unsqueeze(1)
            query, key, value = packed.chunk(3, dim=-1)
            mask = before(frames, columns, batch)
            seen = F.scaled_dot_product_attention(query, key, value, attn_mask=mask.unsqueeze(1))
            return seen.squeeze(1).reshape(maps.shape)

    print(tuple(Places()(torch.randn(2, 4, 3, 5, 6)).shape))
"""


def test_numbers_are_not_laid_anew_for_a_view_that_mixes_them():
    assert mended(TURNED.format("transpose(1, 2)"), most=1).doubts
    clean = TURNED.format("transpose(0, 1)")
    found = mended(clean, most=1)
    assert not found.doubts
    assert found.output == printed(clean.replace(".view", ".reshape"))


def test_lines_behind_that_mix_axes_speak_against_a_change():
    found = mended(AHEAD, most=1)
    assert "dim=-2" in found.changed[0]
    assert found.doubts

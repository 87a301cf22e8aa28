"""A mask of tokens beside keys that are kept grows with the tokens that a loop adds."""

import pytest
from mended import mended, printed

WRITER = """
    class Writer(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.head = nn.Embedding(30, 8), nn.Linear(8, 30)

        def forward(self, ids, hides, kept):
            keys = self.embed(ids)
            scores = keys @ (keys if kept is None else torch.cat([kept, keys], dim=1)).transpose(1, 2)
            keys = keys if kept is None else torch.cat([kept, keys], dim=1)
            scores = scores.masked_fill(hides[:, None, :], float("-inf"))
            return self.head(scores.softmax(-1) @ keys), keys


    def written(model, ids, {name}, steps):
        kept, new = None, ids
        for _ in range(steps):
            scores, kept = model(new, {hides}, kept)
            new = scores[:, -1].argmax(-1, keepdim=True)
            ids = torch.cat([ids, new], dim=1)
            {more}
        return ids


    ids = torch.randint(0, 30, (3, 5))
    mask = torch.tensor([[1, 1, 1, 1, 1], [0, 0, 1, 1, 1], [0, 1, 1, 1, 1]])
    print(written(Writer(), ids, {given}, 4).tolist())
"""
SEEN = {"name": "attention_mask", "hides": "attention_mask == 0", "given": "mask"}
PADS = {"name": "pads", "hides": "pads", "given": "mask == 0"}


@pytest.mark.parametrize(
    ("words", "added"),
    [(SEEN, "torch.ones_like(new)"), (PADS, "torch.zeros_like(new, dtype=pads.dtype)")],
)
def test_what_is_added_is_seen(words, added):
    more = f"{words['name']} = torch.cat([{words['name']}, {added}], dim=1)"
    found = mended(WRITER.format(more="pass", **words))
    assert more in found.text
    assert found.output == printed(WRITER.format(more=more, **words))
    assert not found.doubts


def test_a_mask_that_does_not_say_what_it_marks_is_in_doubt():
    found = mended(WRITER.format(more="pass", **{**PADS, "name": "marks", "hides": "marks"}))
    assert "a one in the mask" in found.doubts[0]


def test_a_mask_that_the_loop_sets_itself_is_left():
    found = mended(WRITER.format(more="pads = pads[:, :]", **PADS))
    assert not any("_like(new" in fix.title for each in found.diagnoses for fix in each.fixes)

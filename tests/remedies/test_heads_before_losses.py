"""A head that nobody calls, in front of a loss whose labels it has scores for."""

from mended import mended, printed

PROGRAM = """
    class Model(nn.Module):
        def __init__(self, tokens, width):
            super().__init__()
            self.table, self.head = nn.Embedding(tokens, width), nn.Linear(width, {out})

        def forward(self, ids, labels):
            x = self.table(ids)
            scores = {scores}
            return F.cross_entropy(scores.view(-1, scores.size(-1)), labels.reshape(-1))


    torch.manual_seed(1)
    ids = torch.arange(60).view(6, 10) % 31
    print(round(Model(31, 8)(ids[:, :-1], ids[:, 1:]).item(), 4))
"""


def test_the_head_is_called():
    found = mended(PROGRAM.format(out="tokens", scores="x"))
    assert any("self.head(" in line for line in found.changed)
    assert found.output == printed(PROGRAM.format(out="tokens", scores="self.head(x)"))
    assert found.doubts == []


def test_a_head_with_too_few_scores_is_not():
    assert mended(PROGRAM.format(out=5, scores="x")).output == "crashed"

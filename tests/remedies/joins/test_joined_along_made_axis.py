"""Parts that each got an axis of one are joined along it where the lines behind go on with that alone."""

import pytest
from mended import mended, printed

FIELDS = """
    class Fields(nn.Module):
        def __init__(self, count, width):
            super().__init__()
            self.table = nn.Embedding(count, width)

        def spread(self, x):
            places = torch.arange(x.shape[{at}])
            return ({spread} * self.table(places){behind}).sum({at})

        def forward(self, columns):
            {join}
            return self.spread(x)

    columns, seen = [torch.rand(4, 7) for _ in range(3)], torch.randn(4, 7, 5)
    print(round((seen + Fields(3, 5)(columns)).std().item(), 4))
"""
LAST = {"at": 2, "spread": "x.unsqueeze(-1)", "behind": ""}
SECOND = {"at": 1, "spread": "x.unsqueeze(-1)", "behind": "[:, None]"}
JOINS = [
    (LAST, "x = torch.cat([each.unsqueeze(-1) for each in columns], dim={0})", 1, -1),
    (LAST, "x = torch.cat([each.unsqueeze(2) for each in columns]{0})", "", ", dim=2"),
    (LAST, "x = torch.cat([each[..., None] for each in columns], {0})", 0, -1),
    (LAST, "parts = [each.unsqueeze(dim=-1) for each in columns]; x = torch.cat(parts, dim={0})", 1, -1),
    (LAST, "a, b, c = columns; x = torch.cat((a[:, :, None], b[:, :, None], c[:, :, None]), {0})", 1, 2),
    (SECOND, "x = torch.cat([each[:, None] for each in columns], {0})", 0, 1),
    (SECOND, "x = torch.cat([each.unsqueeze(1) for each in columns], dim={0})", 2, 1),
]


@pytest.mark.parametrize(("kind", "join", "bad", "good"), JOINS)
def test_they_are_joined_along_the_axis_that_was_made(kind, join, bad, good):
    texts = [FIELDS.format(join=join.format(axis), **kind) for axis in (bad, good)]
    found = mended(texts[0])
    assert found.output == printed(texts[1])
    assert not found.doubts


def test_what_the_lines_behind_do_not_go_on_with_is_in_doubt():
    program = """
    batches = [torch.rand(4, 9), torch.rand(3, 9)]
    images = torch.cat([each.unsqueeze(1) for each in batches])
    print(images.sum((1, 2)).sub(torch.rand(6)).shape)
    """
    found = mended(program)
    assert found.changed == ["images = torch.cat([each.unsqueeze(1) for each in batches], dim=1)"]
    assert (
        found.doubts[0]
        == "the parts may be meant to be joined along an axis that they had, and the sizes to be wrong elsewhere"
    )

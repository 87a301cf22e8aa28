"""A list of tensors in which one has an axis more or less than those that a loop has put beside it."""

import pytest
from mended import mended, printed

DECODER = """
    class Speaker(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.out = nn.GRUCell(6, 8), nn.Linear(8, 6)

        def forward(self, x, h, steps):
            said = [x.unsqueeze(1)]
            for _ in range(steps):
                h = self.cell(x, h)
                x = self.out(h)
                said.append(x)
            return torch.cat(said, dim=1)

    y = Speaker()(torch.randn(3, 6), torch.zeros(3, 8), 4)
    print(y.shape, y.sum().item())
"""
POOLS = """
    def pools(groups, items):
        rows = []
        rows.append(items.mean(1, keepdim=True))
        for group in groups:
            rows.append(group.max(dim=1).values)
        return torch.stack(rows, dim=1)

    r = pools([torch.randn(4, n, 5) for n in (2, 3, 6)], torch.randn(4, 7, 5))
    print(r.shape, r.sum().item())
"""
PATHS = """
    def walk(scores, trans):
        steps, size, _ = scores.shape
        best = scores[0].view(size, -1, 1)
        trail, t = [best], 1
        while t < steps:
            best, _ = (best.view(size, -1, 1) + trans + scores[t].unsqueeze(1)).max(1)
            trail += [best]
            t += 1
        trail = torch.cat(trail, 0).view(steps, size, -1)
        return trail

    w = walk(torch.randn(5, 3, 4), torch.randn(4, 4))
    print(w.shape, w.sum().item())
"""
CHUNKS = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(4, 6, batch_first=True)

        def read(self, chunks):
            state, told = None, []
            for chunk in chunks:
                out, state = self.rnn(chunk, state)
                told.append(out)
            told.append(state[0][-1])
            return told

        def forward(self, chunks):
            told = self.read(chunks)
            return torch.cat(told, dim=1)

    z = Reader()([torch.randn(2, n, 4) for n in (3, 4, 2)])
    print(z.shape, z.sum().item())
"""
FRONT = """
    first, lin = nn.Parameter(torch.randn(1, 8)), nn.Linear(5, 8)
    tokens = []
    for part in torch.randn(4, 3, 5):
        tokens.append(lin(part).unsqueeze(1))
    tokens.insert(0, first.expand(3, -1))
    print(torch.cat(tokens, dim=1).sum(0).mean().item())
"""
ADDED = """
    words, lin = nn.Embedding(9, 6), nn.Linear(6, 6)
    start = words(torch.zeros(3, dtype=torch.long))
    rest = [lin(words(torch.randint(9, (3, 1)))) for _ in range(4)]
    print(torch.cat([start] + rest, dim=1).std(1).sum().item())
"""
PAIRS = """
    gru = nn.GRU(4, 4, batch_first=True)
    x, h, parts = torch.randn(3, 1, 4), torch.zeros(1, 3, 4), []
    for _ in range(3):
        x, h = gru(x, h)
        parts.append(x)
        parts.append(h[-1])
    print(torch.cat(parts, 1).std(1).sum().item())
"""


@pytest.mark.parametrize(
    ("program", "old", "new"),
    [
        (DECODER, "append(x)", "append(x.unsqueeze(1))"),
        (POOLS, "mean(1, keepdim=True)", "mean(1)"),
        (PATHS, "[best], 1", "[best.squeeze(2)], 1"),
        (CHUNKS, "state[0][-1]", "state[0][-1].unsqueeze(1)"),
        (FRONT, "expand(3, -1)", "expand(3, -1).unsqueeze(1)"),
        (ADDED, "torch.zeros(3, dtype=torch.long))", "torch.zeros(3, dtype=torch.long)).unsqueeze(1)"),
        (PAIRS, "h[-1]", "h[-1].unsqueeze(1)"),
    ],
)
def test_the_odd_ones_are_made_like_the_others(program, old, new):
    found = mended(program, most=1)
    assert found.output == printed(program.replace(old, new))
    assert found.diagnoses[0].slug == "joined_axes_differ"
    assert not found.doubts


@pytest.mark.parametrize(
    "program",
    [
        # All that a loop makes has the axis, and stack puts another one there.
        POOLS.replace("mean(1, keepdim=True)", "mean(1)").replace(
            "max(dim=1).values", "max(dim=1, keepdim=True).values"
        ),
        # As many of the one kind as of the other.
        PAIRS.replace("torch.cat(parts, 1)", "torch.stack(parts, 1)"),
        # Rows may be joined as well as pages.
        """
    pages = [torch.randn(3, 5).unsqueeze(0)]
    for _ in range(3):
        pages.append(torch.randn(3, 5))
    print(torch.cat(pages).sum().item())
""",
    ],
)
def test_where_the_others_may_be_meant_otherwise_it_is_in_doubt(program):
    found = mended(program, most=1)
    assert found.output != "crashed"
    assert found.doubts


@pytest.mark.parametrize(
    "program",
    [
        # Nobody can tell which of the two lines has given which.
        DECODER.replace("said.append(x)", "said.append(x if _ % 2 else x.unsqueeze(1))"),
        DECODER.replace("            said.append(x)", "            if _ % 2:\n                    said.append(x)"),
        # They differ in two axes.
        DECODER.replace("x.unsqueeze(1)]", "x[:, None, None]]"),
    ],
)
def test_what_cannot_be_told_is_left(program):
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("append" in edit.replacement for fix in fixes for edit in fix.edits)


@pytest.mark.parametrize("program", [PATHS, DECODER])
def test_of_a_long_list_the_first_items_tell(program):
    # More rounds than items of a list are looked at.
    bad = program.replace("randn(5, 3, 4)", "randn(31, 3, 4)").replace("zeros(3, 8), 4)", "zeros(3, 8), 30)")
    found = mended(bad, most=1)
    assert found.output != "crashed"
    assert not found.doubts

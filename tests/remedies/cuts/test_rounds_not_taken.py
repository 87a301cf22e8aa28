"""What a loop goes through is handed on whole in each round, where its step is meant."""

import pytest
from mended import mended, printed

MODEL = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.cell, self.fc = nn.Embedding(20, 6), nn.GRUCell(6, 8), nn.Linear(8, 20)

        def forward(self, token, h):
            h = self.cell(self.embed(token), h)
            return self.fc(h), h

    model, h, loss = Reader(), torch.zeros(4, 8), 0.0
    tokens = torch.randint(0, 20, {sizes})
    for t in range({count}):
        scores, h = model({given}, h)
        loss = loss + F.cross_entropy(scores, tokens[{behind}])
    print(round(loss.item(), 4))
"""


@pytest.mark.parametrize(
    ("sizes", "count", "right", "behind"),
    [
        ("(4, 7)", "tokens.size(1) - 1", "tokens[:, t]", ":, t + 1"),
        ("(4, 7)", "6", "tokens[:, t]", ":, t + 1"),
        ("(7, 4)", "len(tokens) - 1", "tokens[t]", "t + 1"),
        ("(7, 4)", "tokens.shape[0] - 1", "tokens[t]", "t + 1"),
    ],
)
def test_the_step_of_the_round_is_taken(sizes, count, right, behind):
    parts = {"sizes": sizes, "count": count, "behind": behind}
    found = mended(MODEL.format(given="tokens", **parts))
    assert f"model({right}, h)" in found.text
    assert found.output == printed(MODEL.format(given=right, **parts))
    assert not found.doubts


CELL = """
    cell, x, h = nn.{kind}(5, 6), torch.randn(4, 7, 5), None
    for t in range(x.size(1)):
        h = cell({given}, h)
    print(h{part}.sum().item())
"""


@pytest.mark.parametrize(("kind", "part"), [("GRUCell", ""), ("LSTMCell", "[0]"), ("RNNCell", "")])
def test_a_cell_gets_a_step(kind, part):
    found = mended(CELL.format(kind=kind, given="x", part=part))
    assert found.output == printed(CELL.format(kind=kind, given="x[:, t]", part=part))
    assert not found.doubts


def test_where_the_rounds_are_counted_by_nothing_of_it_another_change_is_first():
    program = MODEL.format(sizes="(4, 7)", count="3", given="tokens", behind=":, 0")
    titles = [fix.title for each in mended(program, most=1).diagnoses for fix in each.fixes]
    assert "tokens[:, t]" not in titles


@pytest.mark.parametrize("count", ["len(x)", "x.size(0)", "x.shape[1]"])
@pytest.mark.parametrize("layer", ["nn.Linear(6, 2)", "nn.GRU(6, 2, batch_first=True)"])
def test_rounds_that_are_no_wider_are_not_taken(count, layer):
    program = f"""
    layer, x = {layer}, torch.randn(3, 4, 5)
    for t in range({count}):
        found = layer(x)
    print(type(found))
    """
    titles = [fix.title for each in mended(program, most=1).diagnoses for fix in each.fixes]
    assert not {"x[t]", "x[:, t]"} & {*titles}

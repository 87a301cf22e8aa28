"""Embeddings in a row: meant for one column each."""

import pytest
from mended import mended, printed

MODEL = """
    SIZES = [5, 3, 7]

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.tables = nn.Sequential(nn.Embedding(5, 4), nn.Embedding(3, 4), nn.Embedding(7, 4))
            self.out = nn.Linear(12, 2)

        def forward(self, x):
            v = self.tables(x)
            return self.out(v.view(len(x), -1))

    x = torch.stack([torch.randint(n, (6,)) for n in SIZES], 1)
    print(Model()(x).sum().item())
"""
CALL = "v = self.tables(x)"
COLUMNS = "[table(x[:, i]) for i, table in enumerate(self.tables)]"
RIGHT = MODEL.replace(CALL, f"v = torch.cat({COLUMNS}, dim=1)")
HELD = "nn.Sequential(nn.Embedding(5, 4), nn.Embedding(3, 4), nn.Embedding(7, 4))"
LOOP = "for table in self.tables:\n                x = table(x)\n            v = x"


@pytest.mark.parametrize(
    "wrong",
    [
        MODEL,
        MODEL.replace(HELD, "nn.Sequential(*[nn.Embedding(n, 4) for n in SIZES])"),
        MODEL.replace(HELD, "nn.ModuleList([nn.Embedding(n, 4) for n in SIZES])")
        .replace(CALL, LOOP)
        .replace("len(x)", "len(v)"),
        MODEL.replace(HELD, HELD.replace("Sequential(", "ModuleList([").replace("))", ")])"))
        .replace(CALL, LOOP)
        .replace("len(x)", "len(v)"),
    ],
)
def test_each_column_is_looked_up_in_its_own_table(wrong):
    found = mended(wrong, most=1)
    assert found.output == printed(RIGHT)
    assert not found.doubts


def test_the_tables_may_be_of_one_size():
    alike = MODEL.replace("5, 3, 7]", "5, 5, 5]").replace("(3, 4)", "(5, 4)").replace("(7, 4)", "(5, 4)")
    found = mended(alike, most=1)
    assert found.output == printed(alike.replace(CALL, f"v = torch.cat({COLUMNS}, dim=1)"))
    assert found.diagnoses[0].slug == "tokens_are_not_integers"
    assert "another embedding gave" in str(found.diagnoses[0])


def test_vectors_for_steps_are_kept_apart():
    stacked = MODEL.replace("nn.Linear(12, 2)", "nn.GRU(4, 2, batch_first=True)").replace("v.view(len(x), -1)", "v")
    stacked = stacked.replace("Model()(x).sum()", "Model()(x)[0].sum()")
    found = mended(stacked)
    assert found.output != "crashed"


def test_steps_of_columns():
    steps = (
        MODEL.replace("(6,)", "(6, 9)")
        .replace("for n in SIZES], 1)", "for n in SIZES], 2)")
        .replace("v.view(len(x), -1)", "v")
    )
    right = steps.replace(CALL, f"v = torch.cat({COLUMNS.replace(':, i', '..., i')}, dim=-1)")
    assert mended(steps).output == printed(right)


@pytest.mark.parametrize(
    "wrong",
    [
        # As many tables as there are columns is what tells that each has its own.
        MODEL.replace("for n in SIZES], 1)", "for n in (5, 3)], 1)"),
        # Something else stands among them.
        MODEL.replace("nn.Embedding(3, 4), nn", "nn.Embedding(3, 4), nn.ReLU(), nn"),
    ],
)
def test_other_rows_are_left(wrong):
    fixes = mended(wrong, most=1).diagnoses[0].fixes
    assert not any("enumerate" in edit.replacement for fix in fixes for edit in fix.edits)

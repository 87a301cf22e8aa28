"""Attention over the samples of a batch: meant beside one over the positions, and not where it stands alone."""

import pytest
from programs import slugs

TABLE = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(1, 12)
        self.columns, self.rows = {layer}, {layer}
        self.head = nn.Linear(12, 3)

    def forward(self, x):
        h = self.up(x[..., None])
        {columns}
        turned = h.transpose(0, 1)
        {rows}
        return self.head(turned.transpose(0, 1).mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
data, labels = torch.randn(40, 7), torch.randint(0, 3, (40,))
batches = [(data[rows], labels[rows]) for rows in torch.randperm(40).split(10)]
"""
ATTENTION = {
    "layer": "nn.MultiheadAttention(12, 2, batch_first=True)",
    "columns": "h = h + self.columns(h, h, h)[0]",
    "rows": "turned = turned + self.rows(turned, turned, turned)[0]",
}
ENCODER = {
    "layer": "nn.TransformerEncoderLayer(12, 2, 24, 0.0, batch_first=True)",
    "columns": "h = self.columns(h)",
    "rows": "turned = self.rows(turned)",
}


@pytest.mark.parametrize("how", [ATTENTION, ENCODER], ids=["attention", "encoder"])
def test_one_of_two_goes_along_the_samples_where_the_other_has_kept_them_apart(how):
    assert slugs(TABLE.format(**how)) == []


BODY = TABLE[TABLE.index("        {columns}") : TABLE.index("        return")]
ROWS_FIRST = TABLE.replace(
    BODY,
    """\
        turned = h.transpose(0, 1)
        {rows}
        h = turned.transpose(0, 1)
        {columns}
""",
).replace("turned.transpose(0, 1).mean", "h.mean")
BOTH_TURNED = ROWS_FIRST.replace(
    "        {columns}\n",
    """\
        turned = h.transpose(0, 1)
        turned = turned + self.columns(turned, turned, turned)[0]
        h = turned.transpose(0, 1)
""",
)


@pytest.mark.parametrize("how", [ATTENTION, ENCODER], ids=["attention", "encoder"])
@pytest.mark.parametrize("positions", [7, 10])
def test_one_of_two_goes_along_the_samples_before_the_other_keeps_them_apart(how, positions):
    assert slugs(ROWS_FIRST.format(**how).replace("(40, 7)", f"(40, {positions})")) == []


@pytest.mark.parametrize("positions", [7, 10])
def test_two_that_are_both_turned_are_told(positions):
    program = BOTH_TURNED.format(**ATTENTION).replace("(40, 7)", f"(40, {positions})")
    assert set(slugs(program)) == {"attention_along_batch"}


@pytest.mark.parametrize("how", [ATTENTION, ENCODER], ids=["attention", "encoder"])
def test_one_that_stands_alone_is_told(how):
    assert slugs(TABLE.format(**{**how, "columns": "h = h.relu()"})) == ["attention_along_batch"]


def test_one_behind_an_encoder_of_another_kind_is_told():
    program = TABLE.format(**{**ATTENTION, "columns": ENCODER["columns"]})
    program = program.replace("self.columns, self.rows = ", f"self.columns, self.rows = {ENCODER['layer']}, ", 1)
    program = program.replace(f"{ATTENTION['layer']}, {ATTENTION['layer']}", ATTENTION["layer"])
    assert slugs(program) == ["attention_along_batch"]


@pytest.mark.parametrize("layer", ["nn.MultiheadAttention(12, 2{})", "nn.TransformerEncoderLayer(12, 2, 24, 0.0{})"])
def test_one_that_was_not_told_that_the_samples_come_first_is_told_beside_one_that_was(layer):
    is_plain = "Multihead" in layer
    program = TABLE.format(**(ATTENTION if is_plain else ENCODER))
    made = ATTENTION["layer"] if is_plain else ENCODER["layer"]
    program = program.replace(f"{made}, {made}", f"{made}, {layer.format('')}")
    program = program.replace("turned = h.transpose(0, 1)", "turned = h").replace(
        "turned.transpose(0, 1).mean", "turned.mean"
    )
    assert slugs(program) == ["attention_along_batch"]


def test_one_that_was_not_told_is_told_where_only_the_other_s_axes_are_turned():
    plain = "nn.MultiheadAttention(12, 2)"
    how = {**ATTENTION, "layer": plain, "columns": "pass", "rows": "pass"}
    program = TABLE.format(**how).replace(
        "        pass\n        turned = h.transpose(0, 1)\n        pass\n",
        "        h = h + self.columns(h, h, h)[0]\n        turned = h.transpose(0, 1)\n"
        "        turned = turned + self.rows(turned, turned, turned)[0]\n",
    )
    assert "attention_along_batch" in slugs(program)

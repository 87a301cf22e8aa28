"""A table for several columns: its rows are the sum of what each column counts."""

from mended import mended, printed

FIELDS = """
    class Table(nn.Module):
        def __init__(self, sizes):
            super().__init__()
            self.rows = nn.Embedding({rows}, 4)
            self.register_buffer("starts", torch.tensor([0, *sizes[:-1]]).cumsum(0))

        def forward(self, ids):
            return self.rows(ids + self.starts)


    ids = torch.tensor([[3, 0, 2], [0, 4, 1], [5, 1, 6]])
    sizes = {sizes}
    table = Table(sizes)
    print(table.rows.weight.shape, table.starts.tolist(), table(ids).shape)
"""


def test_the_largest_numbers_of_the_columns_are_one_too_low_each():
    program = FIELDS.format(rows="int(sum(sizes))", sizes="ids.max(dim=0).values")
    found = mended(program)
    assert found.changed == ["sizes = ids.max(dim=0).values + 1"]
    for rows in ("int(sum(sizes))", "sum(sizes.tolist())"):
        found = mended(FIELDS.format(rows=rows, sizes="ids.amax(0)"))
        assert found.changed == ["sizes = ids.amax(0) + 1"]
        assert found.output == printed(FIELDS.format(rows=rows, sizes="ids.amax(0) + 1"))
        assert not found.doubts


def test_one_row_more_for_all_columns_is_in_doubt():
    found = mended(FIELDS.format(rows="sum(sizes)", sizes="[6, 5, 6]"))
    assert found.changed == ["self.rows = nn.Embedding(sum(sizes) + 1, 4)"]
    assert found.doubts == ["the number is a sum, and one of its parts may be too low"]

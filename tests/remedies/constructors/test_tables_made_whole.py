"""Tables of embeddings that were made before them, a row or two too short; and tables that are cut to fit."""

import pytest
from mended import mended, printed

WAVES = """
    def waves(count, width):
        angles = torch.arange(count).unsqueeze(1) / 100 ** (torch.arange(0, width, 2) / width)
        return torch.cat([angles.sin(), angles.cos()], 1)

    class Net(nn.Module):
        def __init__(self, tokens, longest, width):
            super().__init__()
            self.tokens = nn.Embedding(tokens, width)
            self.places = nn.Embedding.from_pretrained({made}, freeze=True)

        def forward(self, ids):
            return self.tokens(ids) + self.places({index})

    print(Net(15, 7, 4)(torch.randint(1, 15, (3, 7))).sum().item())
"""
COUNTED = "torch.arange({first}, ids.size(1) + {first}).expand_as(ids)"


@pytest.mark.parametrize(
    ("made", "first", "right"),
    [
        ("waves(longest, width)", 1, "waves(longest + 1, width)"),
        ("waves(longest - 1, width)", 0, "waves(longest, width)"),
        ("torch.rand(longest, 4)", 2, "torch.rand(longest + 2, 4)"),
    ],
)
def test_a_table_of_positions_gets_the_rows_that_are_missing(made, first, right):
    index = COUNTED.format(first=first)
    found = mended(WAVES.format(made=made, index=index), most=1)
    assert found.diagnoses[0].slug == "table_too_short"
    assert found.output == printed(WAVES.format(made=right, index=index))
    assert not found.doubts


@pytest.mark.parametrize(
    ("made", "index"),
    [
        ("waves(7, width)", "ids"),
        ("waves(longest, width)[:5]", COUNTED.format(first=1)),
        ("torch.tensor([[1.0, 2.0], [3.0, 4.0]]).repeat(2, 2)", COUNTED.format(first=1)),
    ],
    ids=["tokens", "cut", "data"],
)
def test_what_no_call_has_counted_is_left_or_in_doubt(made, index):
    found = mended(WAVES.format(made=made, index=index), most=1)
    for fix in found.diagnoses[0].fixes:
        assert "self.tokens = nn.Embedding(tokens" not in "".join(edit.replacement for edit in fix.edits)
        assert "rand(" not in fix.title
        assert "num_embeddings" not in fix.title
        assert "waves(" not in fix.title or fix.doubt


def test_a_square_of_weights_that_meets_rows_number_by_number_is_not_cut_for_sure():
    program = """
    gate, state = nn.Parameter(torch.randn(6, 6)), torch.ones(4, 6)
    print(({rows}).sum().item())
    """
    found = mended(program.format(rows="gate * state"), most=1)
    assert found.doubts
    assert not mended(program.format(rows="gate + state"), most=1).doubts


@pytest.mark.parametrize(
    ("made", "read", "is_sure"),
    [
        ("torch.arange(7.0)", "x + 0.1 * {}", False),
        ("torch.linspace(0, 1, 9)", "x - {}", False),
        ("torch.rand(9)", "x * {}", True),
    ],
)
def test_a_row_of_numbers_is_not_cut_for_sure_that_goes_along_another_axis(made, read, is_sure):
    program = f"""
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("row", {made})

        def forward(self, x):
            return {read.format("self.row")}

    print(Net()(torch.randn(3, 7, 5)).shape)
    """
    cut = [fix for fix in mended(program, most=1).diagnoses[0].fixes if "row[:" in fix.title]
    assert cut
    assert all(bool(fix.doubt) is not is_sure for fix in cut)

"""A width that was given the number of samples: what arrives is written elsewhere, and that number stays."""

from mended import mended, printed

PROGRAM = """
    count, side, hidden = 6, 5, 3


    class Judge(nn.Module):
        def __init__(self):
            super().__init__()
            self.wide = {wide}
            self.body = nn.Sequential(nn.Flatten(), nn.Linear(self.wide, 4))

        def forward(self, x):
            return self.body(x)


    painter = nn.Sequential(nn.Linear(hidden, {made}), nn.Tanh(), nn.Unflatten(1, (side, side)))
    print(Judge()(painter(torch.{drawn}(count, hidden))).shape)
"""


def test_the_product_that_another_layer_gives_is_taken():
    found = mended(PROGRAM.format(wide="count", made="side * side", drawn="rand"))
    assert "self.wide = side * side" in found.changed
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(wide="side * side", made="side * side", drawn="rand"))


def test_where_no_product_is_written_the_samples_are_as_many_as_before():
    found = mended(PROGRAM.format(wide="count", made="25", drawn="zeros"))
    assert "count, side, hidden = 6, 5, 3" in found.text
    assert found.doubts


def test_a_number_that_counts_no_samples_is_changed_where_it_stands():
    found = mended(
        PROGRAM.format(wide="hidden", made="side * side", drawn="rand").replace("hidden = 6, 5", "h = 6, 5"), most=1
    )
    assert all("side * side" not in fix.title for fix in found.diagnoses[0].fixes)

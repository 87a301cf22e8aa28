"""Sizes that have a name where a tensor is made of them."""

import pytest
from mended import mended, printed

NAMED_SIZES = """
    class Vats(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(3, 5, num_layers=2, batch_first=True)

        def begin(self, samples):
            sizes = {sizes}
            {others}
            h = {made}
            c = {made}
            return h, c

        def forward(self, x):
            return self.lstm(x, self.begin(len(x)))[0]

    print(Vats()(torch.ones(4, 6, 3)).sum().item())
"""


@pytest.mark.parametrize(
    ("order", "right", "made"),
    [
        ("(samples, 2, 5)", "(2, samples, 5)", "torch.zeros(sizes)"),
        ("[samples, 2, 5]", "[2, samples, 5]", "torch.zeros(*sizes)"),
        ("samples, 2, 5", "2, samples, 5", "torch.zeros(sizes, dtype=torch.float32).to('cpu')"),
    ],
)
def test_sizes_with_a_name_that_both_states_read_are_changed_there(order, right, made):
    found = mended(NAMED_SIZES.format(sizes=order, made=made, others=""))
    assert found.changed == [f"sizes = {right}"]
    assert found.output == printed(NAMED_SIZES.format(sizes=right, made=made, others=""))
    assert not found.doubts


@pytest.mark.parametrize("others", ["self.kept = torch.zeros(sizes)", "rows = sizes[0]", "print(len(sizes))"])
def test_sizes_that_something_else_reads_stay(others):
    found = mended(NAMED_SIZES.format(sizes="(samples, 2, 5)", made="torch.zeros(sizes)", others=others), most=1)
    assert not any("sizes =" in edit.replacement for fix in found.diagnoses[0].fixes for edit in fix.edits)

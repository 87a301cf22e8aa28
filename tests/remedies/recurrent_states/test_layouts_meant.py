"""A state that has the size of the input's other axis: what the script does with the output tells which is wrong."""

from __future__ import annotations

import pytest
from mended import mended, printed

FORECAST = """
class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.{layer}
        self.head = nn.Linear(6, 1)

    def forward(self, series):
        state = torch.zeros(1, series.size({axis}), 6)
        out, _ = self.rnn(series, state)
        return self.head({read})

torch.manual_seed(0)
print(Forecast()(torch.randn({sizes}, 2)).sum().item())
"""


@pytest.mark.parametrize(
    ("layer", "read", "right", "wrong"),
    [
        ("GRU(2, 6)", "out[-1]", 1, 0),
        ("RNN(2, 6)", "out.mean(dim=0)", 1, 0),
        ("GRU(2, 6, batch_first=True)", "out[:, -1]", 0, 1),
        ("RNN(2, 6, batch_first=True)", "out.mean(dim=1)", 0, 1),
    ],
)
@pytest.mark.parametrize("sizes", ["5, 9", "9, 5"])
def test_the_size_is_asked_of_the_axis_that_the_output_is_read_by(
    layer: str, read: str, right: int, wrong: int, sizes: str
) -> None:
    found = mended(FORECAST.format(layer=layer, axis=wrong, read=read, sizes=sizes))
    assert found.output == printed(FORECAST.format(layer=layer, axis=right, read=read, sizes=sizes))
    assert not found.doubts
    assert found.diagnoses[0].slug == "state_of_other_batch"


@pytest.mark.parametrize("read", ["out[:, -1]", "out.mean(dim=1)"])
def test_a_layer_whose_output_is_read_with_the_batch_first_is_told_so(read: str) -> None:
    found = mended(FORECAST.format(layer="GRU(2, 6)", axis=0, read=read, sizes="5, 9"))
    assert found.output == printed(
        FORECAST.format(layer="GRU(2, 6, batch_first=True)", axis=0, read=read, sizes="5, 9")
    )
    assert found.diagnoses[0].slug == "batch_first_missing"


@pytest.mark.parametrize("rows", [5, 9])
def test_labels_tell_more_than_how_the_output_is_read(rows: int) -> None:
    told = FORECAST.format(layer="GRU(2, 6)", axis=0, read="out.mean(dim=1)", sizes="5, 9")
    told = told.replace("print(", f"labels = torch.zeros({rows})\nprint(")
    found = mended(told)
    assert ("series.size(1)" in found.text, "batch_first" in found.text) == (rows == 9, rows == 5)


@pytest.mark.parametrize(
    ("column", "is_layer"),
    [("torch.randn(30, 4)[:, -1]", False), ("F.pad(labels, (0, 1))[:, -1]", False), ("model(series)[:, -1]", True)],
)
def test_a_column_of_a_table_says_nothing_of_steps(column: str, is_layer: bool) -> None:
    told = FORECAST.format(layer="GRU(2, 6)", axis=0, read="out.flatten(0, 1)", sizes="5, 9")
    told = told.replace("state =", "series = series.transpose(0, 1)\n        state =")
    told = told.replace("print(", f"def read(model, series, labels):\n    return {column}\n\nprint(")
    found = mended(told, most=1)
    assert ("batch_first=True" in found.text) == is_layer
    assert ("series.size(1)" in found.text) == (not is_layer)

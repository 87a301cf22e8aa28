"""Tables of classes that are numbered from one."""

import pytest
from mended import mended, printed

PROGRAM = """
    names = ["red", "green", "blue"]
    table = {{name: i for i, name in enumerate(names{start})}}
    net = nn.Linear(4, len(table))
    criterion = nn.CrossEntropyLoss({ignored})
    labels = torch.tensor([table[name] for name in 5 * names])
    print(f"{{criterion(net(torch.randn(15, 4)), labels).item():.4f}}")
"""


@pytest.mark.parametrize("start", [", 1", ", start=1"])
def test_they_are_numbered_from_zero(start):
    found = mended(PROGRAM.format(start=start, ignored=""))
    assert found.changed == ["table = {name: i for i, name in enumerate(names)}"]
    assert found.output == printed(PROGRAM.format(start="", ignored=""))
    assert found.doubts == []


def test_where_zero_is_left_free_nothing_is_numbered_anew():
    found = mended(PROGRAM.format(start=", 1", ignored="ignore_index=0"), most=1)
    titles = [fix.title for fix in found.diagnoses[0].fixes]
    assert titles
    assert not any("enumerate" in each or each.endswith("- 1") for each in titles)


@pytest.mark.parametrize("line", ["rows = torch.zeros(2, 4, dtype=torch.long)", "nn.Embedding(4, 5, padding_idx=0)"])
def test_where_zero_fills_rows_nothing_is_numbered_anew(line):
    program = PROGRAM.format(start=", 1", ignored="").replace("names =", f"{line}\n    names =")
    assert not any("enumerate" in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)

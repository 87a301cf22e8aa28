"""Classes that are counted while they lie along several axes."""

import pytest
from mended import mended, printed

HEAD = """
    import numpy as np

    a, b = torch.randint(0, 3, (2, 4, 5)), torch.randint(0, 3, (2, 4, 5))
    table = torch.zeros(9, dtype=torch.long)
"""


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("torch.bincount(3 * a + b, minlength=9)", "torch.bincount((3 * a + b).flatten(), minlength=9)"),
        ("torch.bincount(a, minlength=9).view(3, 3)", "torch.bincount(a.flatten(), minlength=9).view(3, 3)"),
        (
            "np.bincount(3 * a.numpy() + b.numpy(), minlength=9)",
            "np.bincount((3 * a.numpy() + b.numpy()).ravel(), minlength=9)",
        ),
    ],
)
def test_they_are_counted_as_one_row(bad, good):
    found = mended(f"{HEAD}    print({bad}.tolist())\n")
    assert found.output == printed(f"{HEAD}    print({good}.tolist())\n")
    assert not found.doubts


def test_counts_that_are_added_up_are_of_all_of_them():
    program = HEAD + "    table += torch.bincount({}, minlength=9)\n    print(table.tolist())\n"
    found = mended(program.format("a"))
    assert found.output == printed(program.format("a.flatten()"))
    assert not found.doubts


def test_a_count_for_each_row_may_have_been_meant():
    program = HEAD + "    print(nn.Linear(3, 2)(torch.bincount(a[0], minlength=3).float()).shape)\n"
    found = mended(program, most=1)
    assert found.changed == ["print(nn.Linear(3, 2)(torch.bincount(a[0].flatten(), minlength=3).float()).shape)"]
    assert found.doubts == ["a count for each row may have been meant, and not one of all of them"]


@pytest.mark.parametrize(
    "lines",
    [
        "print(torch.bincount(a[0] + 1, minlength=4).tolist())",
        "rows = torch.zeros(4, 3)\n    rows += torch.bincount(a[0], minlength=3)\n    print(rows.tolist())",
        "print(torch.cat([torch.bincount(a[0], minlength=3), a[0, 0, :1]]).view(-1, 2).tolist())",
    ],
)
def test_classes_that_are_shifted_counts_that_are_added_to_rows_and_views_of_more_do_not_tell(lines):
    found = mended(HEAD + f"    {lines}\n", most=1)
    assert found.output != "crashed"
    assert found.doubts

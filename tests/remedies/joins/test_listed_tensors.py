"""A list of tensors of which a tensor was to be made as of numbers."""

import pytest
from mended import mended, printed

ROWS = """
    rows, kinds = torch.rand(9, 4), torch.arange(9) % 3
    {made}
    print(torch.Size({centres}.shape), round({centres}.sum().item(), 3))
"""
LISTED = "centres = [rows[kinds == kind].mean(0) for kind in range(3)]"


@pytest.mark.parametrize(
    ("made", "centres", "right"),
    [
        (LISTED, "torch.tensor(centres)", "torch.stack(centres)"),
        (LISTED, "torch.Tensor(centres)", "torch.stack(centres)"),
        (LISTED, "torch.tensor(centres, dtype=torch.float64)", "torch.stack(centres).to(torch.float64)"),
        (
            "",
            "torch.tensor([each.sort().values for each in rows])",
            "torch.stack([each.sort().values for each in rows])",
        ),
        ("first, *_ = zip(*[(row, 1) for row in rows])", "torch.tensor(first)", "torch.stack(first)"),
    ],
)
def test_tensors_of_one_shape_are_stacked(made, centres, right):
    found = mended(ROWS.format(made=made, centres=centres))
    assert {each.slug for each in found.diagnoses} == {"tensor_of_tensors"}
    assert found.output == printed(ROWS.format(made=made, centres=right))
    assert not found.doubts


@pytest.mark.parametrize("many", [12, 10])
@pytest.mark.parametrize("guesses", ["scores.argmax(1)", "scores"])
def test_batches_are_put_one_behind_the_other(many, guesses):
    program = f"""
    from torch.utils.data import DataLoader
    seen = []
    for scores in DataLoader(torch.rand({many}, 3), 4):
        seen.append({guesses})
    print({{made}}.shape)
    """
    found = mended(program.format(made="torch.tensor(seen)"))
    assert {each.slug for each in found.diagnoses} == {"tensor_of_tensors"}
    assert found.output == printed(program.format(made="torch.cat(seen)"))
    assert not found.doubts


def test_of_tensors_of_other_lengths_it_is_not_known():
    found = mended("print(torch.tensor([torch.rand(4), torch.rand(3)]).shape)", most=1)
    assert found.diagnoses[0].slug == "tensor_of_tensors"
    assert found.doubts


def test_one_number_of_many_is_another_matter():
    found = mended("print(float(torch.rand(4)))", most=1)
    assert found.diagnoses[0].slug == "many_numbers_as_one"


def test_rows_of_one_may_lie_behind_one_another():
    found = mended("print(torch.tensor([torch.rand(1, 4), torch.rand(1, 4)]).shape)", most=1)
    fixes = found.diagnoses[0].fixes
    joins = {fix.title.partition("(")[0]: fix.doubt for fix in fixes if "torch." in fix.title.partition("(")[0]}
    assert joins.keys() == {"torch.stack", "torch.cat"}
    assert all(joins.values())

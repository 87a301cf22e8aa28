"""A data set of tensors beside a loop that takes more of each item than it was given."""

from mended import mended, printed

PROGRAM = """
    from torch.utils.data import DataLoader, TensorDataset
    xs, ys, widths = torch.randn(20, 5, 3), torch.randint(0, 4, (20,)), torch.randn(7)
    model = nn.Sequential(nn.Flatten(), nn.Linear(15, 4))
    for x, y in DataLoader({data}, batch_size=4):
        print(F.cross_entropy(model(x), y).item())
"""


def test_the_one_tensor_with_as_many_samples_is_given_as_well():
    found = mended(PROGRAM.format(data="TensorDataset(xs)"))
    assert found.diagnoses[0].slug == "parts_counted_otherwise"
    assert found.output == printed(PROGRAM.format(data="TensorDataset(xs, ys)"))
    assert not found.doubts


def test_of_two_that_could_be_meant_none_is():
    program = PROGRAM.format(data="TensorDataset(xs)").replace("torch.randn(7)", "torch.randint(0, 4, (20,))")
    titles = [fix.title for fix in mended(program, most=1).diagnoses[0].fixes]
    assert not [title for title in titles if title.startswith("TensorDataset(")]

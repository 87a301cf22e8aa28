"""One matrix for each sample beside several for each."""

import pytest
from mended import mended, printed


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("torch.matmul(adj, x)", "torch.matmul(adj, x.unsqueeze(1))"),
        ("adj @ x", "adj @ x.unsqueeze(1)"),
        ("x.transpose(1, 2) @ adj", "x.transpose(1, 2).unsqueeze(1) @ adj"),
        ("x.mT @ adj @ x", "x.mT.unsqueeze(1) @ adj @ x.unsqueeze(1)"),
    ],
)
def test_the_samples_meet_the_samples(bad, good):
    program = """
    x, adj = torch.randn(4, 6, 5), torch.rand(4, 3, 6, 6)
    h = {}
    print(tuple(h.shape), round((h.std((0, 2, 3)) * torch.arange(3)).sum().item(), 4))
    """
    found = mended(program.format(bad))
    assert found.output == printed(program.format(good))
    assert not found.doubts


@pytest.mark.parametrize(
    ("x", "adj"),
    [
        # Another number of samples, matrices that do not go together, samples that are not first.
        ("2, 6, 5", "4, 3, 6, 6"),
        ("4, 7, 5", "4, 3, 6, 6"),
        ("4, 6, 5", "3, 2, 6, 6"),
    ],
)
def test_other_shapes_are_left(x, adj):
    found = mended(f"print((torch.rand({adj}) @ torch.randn({x})).shape)", most=1)
    assert not any(fix.title.endswith(".unsqueeze(1)") and not fix.doubt for fix in found.diagnoses[0].fixes)

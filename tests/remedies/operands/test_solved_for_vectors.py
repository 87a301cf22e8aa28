"""Equations that are solved for a vector by what takes matrices alone, and models whose weights meet."""

import pytest
from mended import mended, printed

PROGRAM = """
    x = torch.randn(12, 2)
    near = torch.exp(-torch.cdist(x, x)) + torch.eye(12)
    low, y, ask = torch.linalg.cholesky(near), x.sum(1), torch.ones(5, 12)
    weights = {solved}
    print(({read}).shape, round(({read}).sum().item(), 3))
"""


@pytest.mark.parametrize(
    ("solved", "args"), [("torch.cholesky_solve", "low"), ("torch.linalg.solve_triangular", "low")]
)
@pytest.mark.parametrize("read", ["(ask @ weights).squeeze(1)", "ask @ weights + torch.arange(5)"])
def test_a_vector_is_a_matrix_of_one_column(solved, args, read):
    order = "({y}, low)" if "cholesky" in solved else "(low, {y}, upper=False)"
    found = mended(PROGRAM.format(solved=solved + order.format(y="y"), read=read), most=1)
    kept = "" if "squeeze" in read else ".squeeze(1)"
    right = solved + order.format(y="y.unsqueeze(1)") + kept
    assert found.output == printed(PROGRAM.format(solved=right, read=read))
    assert not found.doubts


def test_a_vector_of_another_size_is_left_alone():
    found = mended(PROGRAM.format(solved="torch.cholesky_solve(y[:5], low)", read="ask @ weights"), most=1)
    assert not any("squeeze(1)" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes)


TEACHER = """
    class Net(nn.Module):
        def __init__(self, width=16):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(5, width), nn.ReLU(), nn.Linear(width, 3))

    def update(teacher, student):
        with torch.no_grad():
            for t, s in zip(teacher.parameters(), student.parameters()):
                {meeting}

    student, teacher = Net(24), Net({settings})
    update(teacher, student)
    print(round(sum(each.sum().item() for each in teacher.parameters()), 4))
"""


@pytest.mark.parametrize("meeting", ["t.mul_(0.9).add_(s, alpha=0.1)", "t.copy_(0.9 * t + 0.1 * s)", "t.lerp_(s, 0.1)"])
def test_a_model_is_made_with_the_settings_of_the_one_that_it_meets(meeting):
    found = mended(TEACHER.format(meeting=meeting, settings=""), most=1)
    assert found.output == printed(TEACHER.format(meeting=meeting, settings="24"))
    assert not found.doubts


def test_of_two_models_that_were_told_either_may_be_wrong():
    found = mended(TEACHER.format(meeting="t.mul_(0.9).add_(s, alpha=0.1)", settings="20"), most=1)
    assert found.output == "crashed" or found.doubts

"""An index of gather that has fewer axes than the tensor."""

import pytest
from mended import mended, printed

PROGRAM = """
    out, lengths = torch.rand(4, 7, 5), torch.tensor([3, 7, 2, 5])
    index = {index}
    last = {pick}
    print(last.sum().item(), nn.Linear(5, 2)(last).shape)
"""
FULL = "lengths[:, None, None].sub(1).expand(-1, 1, 5)"


@pytest.mark.parametrize("index", ["lengths - 1", "(lengths - 1).unsqueeze(1)", "(lengths - 1)[:, None]"])
@pytest.mark.parametrize("behind", ["", ".squeeze(1)"])
def test_the_index_gets_an_axis_for_the_features(index, behind):
    found = mended(PROGRAM.format(index=index, pick=f"out.gather(1, index){behind}"), most=1)
    assert found.diagnoses[0].slug == "index_of_gather"
    assert found.output == printed(PROGRAM.format(index=FULL, pick="out.gather(1, index).squeeze(1)"))
    assert not found.doubts


def test_several_steps_of_each_sample_stay_several():
    steps = "torch.tensor([[0, 2], [1, 6], [0, 1], [3, 4]])"
    found = mended(PROGRAM.format(index=steps, pick="torch.gather(out, 1, index)"), most=1)
    right = PROGRAM.format(index=f"{steps}[..., None].expand(-1, -1, 5)", pick="torch.gather(out, 1, index)")
    assert found.output == printed(right)


def test_no_default_is_changed_for_an_index():
    found = mended(
        """
        def pick(out, index, width=5):
            return out.gather(1, index)

        print(pick(torch.rand(4, 7, 5), torch.zeros(3, 1).long()).shape)
        """,
        most=1,
    )
    assert found.diagnoses[0].slug == "index_of_gather"
    assert not any("width" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize("dim", ["2", "-1"])
@pytest.mark.parametrize("scores", ["logp", "logp.log()"])
def test_one_index_for_each_place_is_a_column(scores, dim):
    program = """
        logp, seq = torch.rand(4, 6, 9), torch.randint(0, 9, (4, 6))
        picked = {scores}.gather({dim}, {index}
        print(picked.shape, round(picked.sum().item(), 4))
    """
    found = mended(program.format(scores=scores, dim=dim, index="seq)"), most=1)
    assert found.output == printed(program.format(scores=scores, dim=dim, index="seq.unsqueeze(2)).squeeze(2)"))
    assert not found.doubts


@pytest.mark.parametrize(
    "behind",
    [
        "F.smooth_l1_loss(q, best.unsqueeze(1))",
        "((q - best.view(-1, 1)) ** 2).mean()",
        "F.mse_loss(q, best[:, None])",
        "(q.squeeze(1) - best).abs().mean()",
    ],
)
def test_a_column_stays_one_that_others_are_laid_beside_later(behind):
    program = f"""
        def loss_of(states, actions, best):
            q = nn.Linear(4, 3)(states).gather(1, actions{{column}})
            return {behind}

        print(round(loss_of(torch.rand(6, 4), torch.randint(0, 3, (6,)), torch.rand(6)).item(), 4))
    """
    found = mended(program.format(column=""), most=2)
    assert found.output == printed(program.format(column=".unsqueeze(1)"))
    assert not found.doubts


@pytest.mark.parametrize("read", ["q - r", "F.mse_loss(q, r) + q", "(r - q) ** 2"])
def test_a_column_stays_one_beside_one_that_is_there(read):
    program = f"""
        q, a, r = torch.randn(4, 3), torch.tensor([0, 2, 1, 1]), torch.randn(4, 1)
        q = q.gather(1, a{{column}})
        print(({read}).shape)
    """
    found = mended(program.format(column=""), most=1)
    assert found.output == printed(program.format(column=".unsqueeze(1)"))

"""A factor of a product of batches with an axis of one too many."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Attention(nn.Module):
        def __init__(self, width=6):
            super().__init__()
            self.mix, self.score = nn.Linear(width, width), nn.Linear(width, 1)

        def forward(self, states):
            scores = self.score(torch.tanh(self.mix(states))){scores}
            weights = torch.softmax(scores, dim=1){weights}
            return torch.bmm({product}).squeeze({squeezed})

    torch.manual_seed(1)
    print(round(Attention()(torch.randn(4, 7, 6)).abs().sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("weights", "product", "squeezed"),
    [
        (".unsqueeze(1)", "weights, states", 1),
        (".unsqueeze(2)", "states.transpose(1, 2), weights", 2),
        ("[:, None]", "weights, states", 1),
    ],
)
def test_it_is_dropped(weights, product, squeezed):
    parts = {"weights": weights, "product": product, "squeezed": squeezed}
    found = mended(PROGRAM.format(scores="", **parts))
    assert found.output == printed(PROGRAM.format(scores=".squeeze(-1)", **parts))
    assert not found.doubts


def test_an_axis_of_many_is_not():
    program = """
        weights, states = torch.rand(4, 2, 3, 7), torch.randn(4, 7, 6)
        print(torch.bmm(weights, states).shape)
    """
    found = mended(program, most=1)
    assert not any(".squeeze(" in fix.title for fix in found.diagnoses[0].fixes)

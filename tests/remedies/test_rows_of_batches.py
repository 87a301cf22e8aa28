"""One vector for each matrix of a batch, where ``bmm`` takes matrices alone; and joins whose sizes say nothing."""

import pytest
from mended import mended, printed

PROGRAM = """
    x, w = torch.randn(6, 3), torch.randn(6, {sizes})
    y = torch.bmm({left}, {right}){behind}
    print(y.shape, round(y.sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("sizes", "left", "right", "axis"),
    [("3, 5", "{x}", "w", 1), ("5, 3", "w", "{x}", 2)],
)
@pytest.mark.parametrize("is_dropped", [True, False])
def test_a_vector_is_a_row_or_a_column(sizes, left, right, axis, is_dropped):
    def program(x, behind):
        return PROGRAM.format(sizes=sizes, left=left.format(x=x), right=right.format(x=x), behind=behind)

    behind = f".squeeze({axis})" if is_dropped else ""
    found = mended(program("x", behind), most=1)
    assert found.output == printed(program(f"x.unsqueeze({axis})", f".squeeze({axis})"))
    assert not found.doubts


@pytest.mark.parametrize(("sizes", "left", "right"), [("4, 5", "x", "w"), ("3, 5", "x[:4]", "w")])
def test_vectors_of_other_sizes_are_left_alone(sizes, left, right):
    found = mended(PROGRAM.format(sizes=sizes, left=left, right=right, behind=""), most=1)
    assert not any("unsqueeze(1) ... .squeeze(1)" in fix.title for fix in found.diagnoses[0].fixes)


def test_channels_that_are_joined_are_no_layers_of_a_state():
    program = """
        class Points(nn.Module):
            def __init__(self):
                super().__init__()
                self.near, self.far, self.head = nn.Conv1d(3, 8, 1), nn.Conv1d(8, 16, 1), nn.Conv1d(24, 5, 1)

            def forward(self, points):
                f = self.near(points.transpose(1, 2))
                g = self.far(f).max(dim=2, keepdim=True)[0]
                return self.head(torch.cat([f, {whole}], dim=1))

        points = torch.randn(2, 30, 3)
        print(Points()(points).shape)
    """
    found = mended(program.format(whole="g"), most=1)
    assert found.output == printed(program.format(whole="g.expand(-1, -1, f.size(2))"))
    assert not found.doubts

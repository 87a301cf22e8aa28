"""What another call of the same turns before it hands it on is turned there, not a second time where it is read."""

from mended import mended, printed

PROGRAM = """
    class Points(nn.Module):
        def __init__(self):
            super().__init__()
            self.mix = nn.Conv1d(3, 6, 1)

        def forward(self, points):
            return self.mix(points).amax(2)


    net, clouds = Points(), torch.randn(4, 9, 3)
    print(round(net({}).sum().item(), 4))
    print(round(net(clouds.transpose(2, 1)).sum().item(), 4))
"""


def test_it_is_turned_where_it_is_handed_on():
    found = mended(PROGRAM.format("clouds"), most=1)
    assert not found.doubts
    assert found.output == printed(PROGRAM.format("clouds.transpose(2, 1)"))

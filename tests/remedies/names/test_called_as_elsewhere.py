"""What is turned at all other calls of a model, and given as it is at one."""

from mended import mended, printed

PROGRAM = """
    class Points(nn.Module):
        def __init__(self):
            super().__init__()
            self.mix, self.score = nn.Conv1d(3, 8, 1), nn.Linear(8, 4)

        def forward(self, cloud):
            return self.score(self.mix(cloud).amax(dim=2))

    net = Points()
    for clouds in torch.randn(2, 5, 11, 3):
        F.cross_entropy(net({given}), torch.arange(5) % 4).backward()
    with torch.no_grad():
        print(net(torch.ones(2, 11, 3).transpose(2, 1)).sum().item(), net(clouds.transpose(2, 1)).sum().item())
"""


def test_turned_as_elsewhere():
    found = mended(PROGRAM.replace("{given}", "clouds"))
    assert found.output == printed(PROGRAM.replace("{given}", "clouds.transpose(2, 1)"))
    assert "net(clouds.transpose(2, 1))" in found.changed[0]
    assert not found.doubts

"""Kernels that cover a whole axis, which is padded along it too."""

import pytest
from mended import mended, printed

WORDS = """
    class Words(nn.Module):
        def __init__(self, many=30, width=6):
            super().__init__()
            self.emb = nn.Embedding(many, width)
            self.convs = nn.ModuleList([nn.Conv2d(1, 5, (k, width){padding}) for k in (2, 3)])
            self.fc = nn.Linear(10, 2)

        def forward(self, ids):
            x = self.emb(ids).unsqueeze(1)
            found = []
            for conv in self.convs:
                h = torch.relu({dropped})
                found.append(F.max_pool1d(h, h.size(2)).squeeze(2))
            return self.fc(torch.cat(found, 1))

    print(round(Words()(torch.randint(0, 30, (4, 9))).std().item(), 4))
"""


@pytest.mark.parametrize("dropped", ["conv(x).squeeze(3)", "conv(x).squeeze(-1)", "torch.squeeze(conv(x), dim=3)"])
@pytest.mark.parametrize(("bad", "good"), [("1", "(1, 0)"), ("k - 1", "(k - 1, 0)")])
def test_what_the_kernel_covers_is_not_padded(dropped, bad, good):
    found = mended(WORDS.format(padding=f", padding={bad}", dropped=dropped))
    assert found.output == printed(WORDS.format(padding=f", padding={good}", dropped=dropped))
    assert not found.doubts


def test_it_is_so_along_the_first_axis_of_the_maps():
    program = """
    mix = nn.Conv2d(1, 6, kernel_size=(4, 5), stride=1, padding={})
    walk = nn.GRU(6, 3, batch_first=True)
    x = mix(torch.randn(3, 1, 4, 11)).squeeze(2)
    print(round(walk(x.transpose(1, 2))[0].std().item(), 4))
    """
    found = mended(program.format("2"))
    assert found.output == printed(program.format("(0, 2)"))
    assert not found.doubts


@pytest.mark.parametrize("padding", ["", ", padding=(1, 1)", ', padding="same"'])
def test_other_paddings_are_left(padding):
    found = mended(WORDS.format(padding=padding, dropped="conv(x).squeeze(3)[:, :, None]"), most=1)
    assert not any("padding=(" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_kernel_that_does_not_cover_the_axis_is_left():
    program = """
    mix, walk = nn.Conv2d(1, 4, (3, 3), padding=1), nn.GRU(4, 5, batch_first=True)
    print(walk(mix(torch.randn(2, 1, 3, 6)).squeeze(3).transpose(1, 2))[0].shape)
    """
    assert not any("padding=(" in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)

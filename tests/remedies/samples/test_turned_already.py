"""A turn of what lies right is left out, where the calls before show how it has to lie."""

import pytest
from mended import mended, printed

PICTURES = """
    net = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(24, 2))
    known, unseen = torch.rand(8, 3, 10, 14).numpy(), torch.rand(4, 3, 10, 14).numpy()
    {before}
    for one in unseen:
        print(net(torch.from_numpy(one){turn}{behind}).argmax(1).item())
"""
SEEN = "net(torch.from_numpy(known[:5]))"


@pytest.mark.parametrize("behind", [".unsqueeze(0)", ".contiguous().unsqueeze(0)", ".unsqueeze(0).float()"])
def test_the_turn_is_left_out(behind):
    found = mended(PICTURES.format(before=SEEN, turn=".permute(2, 0, 1)", behind=behind))
    assert found.output == printed(PICTURES.format(before=SEEN, turn="", behind=behind))
    assert not found.doubts


def test_without_a_call_before_it_is_not_known_how_it_has_to_lie():
    text = PICTURES.format(before="", turn=".permute(2, 0, 1)", behind=".unsqueeze(0)")
    found = mended(text)
    assert ".permute(2, 0, 1)" in found.text or found.doubts


def test_a_turn_that_is_needed_stays():
    text = PICTURES.format(before=SEEN, turn=".permute(1, 0, 2)", behind=".unsqueeze(0)")
    text = text.replace("torch.rand(4, 3, 10, 14)", "torch.rand(4, 14, 10, 3)")
    assert all(".permute" in line for line in mended(text).changed)

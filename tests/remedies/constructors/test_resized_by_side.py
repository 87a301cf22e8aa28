"""Pictures that a resizing to one number keeps in their ratio, where squares are wanted."""

import pytest
from mended import mended, printed

PICTURES = """
    from torch.utils.data import DataLoader, Dataset
    SIDE = 12

    class Resize:
        def __init__(self, size):
            self.size = size

        def __call__(self, img):
            h, w = img.shape[-2:]
            if isinstance(self.size, (tuple, list)):
                to = self.size
            else:
                k = self.size / min(h, w)
                to = (round(h * k), round(w * k))
            return F.interpolate(img[None], size=to)[0]

    class Pictures(Dataset):
        def __init__(self, change):
            self.change = change

        def __len__(self):
            return 6

        def __getitem__(self, i):
            return self.change(torch.rand(3, 18, {high}))

    real = next(iter(DataLoader(Pictures(Resize({size})), batch_size=3)))
    fake = torch.rand(3, 3, SIDE, SIDE)
    print({used})
"""
USES = ["(real - fake).sum().item()", "torch.cat([real, fake]).sum().item()", "(real * fake).mean().item()"]


@pytest.mark.parametrize("used", USES)
@pytest.mark.parametrize("size", ["SIDE", "size=SIDE", "12"])
def test_both_sides_are_told(size, used):
    text = PICTURES.replace("{used}", used).replace("{high}", "24")
    found = mended(text.replace("{size}", size))
    assert not found.doubts
    number = size.removeprefix("size=")
    assert found.output == printed(text.replace("{size}", f"({number}, {number})"))


def test_pictures_of_several_ratios_may_be_cut():
    text = PICTURES.replace("{used}", USES[0]).replace("{high}", "20 + 2 * i").replace("{size}", "SIDE")
    found = mended(text, most=1)
    fixes = [fix for fix in found.diagnoses[0].fixes if "(SIDE, SIDE)" in fix.title]
    assert fixes
    assert all(fix.doubt for fix in fixes)


def test_a_class_that_takes_one_number_alone_is_told_no_two():
    text = PICTURES.replace("isinstance(self.size, (tuple, list))", "self.size is None").replace("{high}", "24")
    found = mended(text.replace("{used}", USES[0]).replace("{size}", "SIDE"), most=1)
    assert not any("(SIDE, SIDE)" in fix.title for fix in found.diagnoses[0].fixes)

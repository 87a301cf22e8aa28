"""One sample where a batch is read, and a batch where one sample more would be."""

import pytest
from mended import mended, printed

BLURRED = """
    def blurred(picture, width):
        n, c, h, w = picture.{asked}
        kernel = torch.ones(c, 1, width, width) / width**2
        return F.conv2d(picture, kernel, groups=c)
    image = torch.randn(3, 12, 15)
    {use}
"""


@pytest.mark.parametrize("asked", ["shape", "size()"])
@pytest.mark.parametrize(
    "use",
    [
        "out = blurred(image{}, 3).squeeze(0)\n    print(tuple(out.shape), round(out.std().item(), 4))",
        "out = blurred(image{}, 3)\n    print(round((out[0][0] - out[0][2]).std().item(), 4))",
        "out = blurred(image{}, 3)[0].numpy()\n    print(round(float((out[0] - out[2]).std()), 4))",
    ],
)
def test_a_batch_of_one_is_given(asked, use):
    found = mended(BLURRED.format(asked=asked, use=use.format("")))
    assert found.output == printed(BLURRED.format(asked=asked, use=use.format(".unsqueeze(0)")))
    assert not found.doubts


def test_which_axis_is_missing_may_be_unknown():
    use = "out = blurred(image, 3)\n    print(tuple(out[0].shape))"
    found = mended(BLURRED.format(asked="shape", use=use))
    assert found.changed == ["out = blurred(image.unsqueeze(0), 3)"]
    assert found.doubts == ["another axis than that of the samples may be the one that is missing"]


def test_results_that_are_gone_through_are_several():
    use = "print([round(each.std().item(), 4) for each in blurred(image, 3)])"
    assert "image.unsqueeze(0)" not in mended(BLURRED.format(asked="shape", use=use)).text


CROPS = """
    net = nn.Sequential(nn.Conv2d(3, 5, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 2))
    crops = [torch.randn(3, 11, 9) for _ in range(4)]
    {lines}
    print([round(v, 4) for v in scores.softmax(-1).flatten(0, -2).mean(0).tolist()])
"""


@pytest.mark.parametrize(
    "lines",
    [
        "scores = net(torch.stack(crops).unsqueeze(0))",
        "x = torch.stack(crops)[None]\n    scores = net(x)",
        "x = torch.stack(crops)\n    scores = net(torch.unsqueeze(x, dim=0))",
    ],
)
def test_what_is_a_batch_already_is_put_into_none(lines):
    found = mended(CROPS.format(lines=lines))
    assert found.output == printed(CROPS.format(lines="scores = net(torch.stack(crops))"))
    assert not found.doubts


def test_the_only_item_of_it_may_be_taken_again():
    found = mended(CROPS.format(lines="scores = net(torch.stack(crops).unsqueeze(0))[0]"))
    assert found.changed == ["scores = net(torch.stack(crops).unsqueeze(0).flatten(0, 1)).unflatten(0, (-1, 4))[0]"]
    assert found.doubts == ["the frames may have been meant as channels, or one of them to be taken"]


LABEL = """
    scores, y = torch.randn(4), torch.tensor(2)
    hot = {hot}
    print(round(nn.CrossEntropyLoss()(scores, {given}).item(), 4))
"""


@pytest.mark.parametrize("hot", ["F.one_hot(y, 4)", "torch.eye(4).long()[y]"])
def test_one_hot_label_of_one_sample(hot):
    found = mended(LABEL.format(hot=hot, given="hot"))
    assert found.output == printed(LABEL.format(hot=hot, given="y"))
    assert not found.doubts


def test_other_whole_numbers_are_no_label():
    assert "argmax" not in mended(LABEL.format(hot="torch.tensor([1, 0, 3, 2])", given="hot")).text

"""A place along the first axis, where all other lines take theirs along the second."""

from mended import mended, printed

PROGRAM = """
    maps = torch.randn(4, 9, 6)
    boxes, kinds = maps[:, :4].sigmoid(), maps[:, 5:].softmax(1)
    print(boxes.mean().item(), maps[{index}].mean().item(), kinds.amax().item())
"""


def test_along_the_second():
    found = mended(PROGRAM.replace("{index}", "4"))
    assert found.output == printed(PROGRAM.replace("{index}", ":, 4"))
    assert not found.doubts

"""Targets with their first token, where the model read the same sequence without its last one."""

import pytest
from mended import mended, printed

PROGRAM = """
    model = nn.Sequential(nn.Embedding(9, 8), nn.Linear(8, 9))


    def criterion(scores, wanted):
        rows = scores.reshape(-1, scores.size(-1))
        {asked}
        return F.cross_entropy(rows, labels)


    words = torch.randint(0, 9, (4, 7))
    scores = model(words[:, :-1])
    loss = criterion(scores, {given})
    print(round(loss.item(), 4))
"""


@pytest.mark.parametrize(
    "asked",
    ["labels = wanted.reshape(-1)", "labels = wanted.flatten().long()", "labels = wanted.contiguous().view(-1)"],
)
def test_a_target_that_is_flattened_in_a_function_of_its_own(asked):
    found = mended(PROGRAM.format(asked=asked, given="words"))
    assert found.changed == ["loss = criterion(scores, words[:, 1:])"]
    asked = asked.replace("view", "reshape")
    assert found.output == printed(PROGRAM.format(asked=asked, given="words[:, 1:]"))
    assert not found.doubts

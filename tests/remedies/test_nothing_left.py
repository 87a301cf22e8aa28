"""A squeeze of a single sample that leaves one number, of which items are then taken."""

import pytest
from mended import mended, printed

PROGRAM = """
    def words_of(scores):
        {made}
        {read}

    layer = nn.Linear(3, 6)
    for rows in torch.randn(7, 3).split(3):
        print(words_of(layer(rows)))
"""


@pytest.mark.parametrize(
    ("made", "right"),
    [
        ("best = scores.topk(1, dim=1)[1].squeeze()", "best = scores.topk(1, dim=1)[1].squeeze(1)"),
        (
            "best = scores.max(1, keepdim=True).indices.detach().squeeze()",
            "best = scores.max(1, keepdim=True).indices.detach().squeeze(1)",
        ),
    ],
)
@pytest.mark.parametrize(
    "read",
    [
        "return [best[at].item() for at in range(scores.size(0))]",
        "return [each.item() for each in best]",
        "return len(best)",
        "return [word for word in best.tolist()]",
        "return [word + at for at, word in zip(range(9), best)]",
    ],
)
def test_the_axis_that_the_squeeze_was_for_is_named(made, right, read):
    found = mended(PROGRAM.format(made=made, read=read), most=1)
    assert found.diagnoses[0].slug == "batch_lost_by_squeeze"
    assert found.changed == [right]
    assert found.output == printed(PROGRAM.format(made=right, read=read))
    assert not found.doubts


@pytest.mark.parametrize("made", ["best = scores.sum()", "best = scores[0, 0]", "best = scores.squeeze(1)[0, 0]"])
def test_one_number_that_no_squeeze_left_is_no_lost_batch(made):
    found = mended(PROGRAM.format(made=made, read="return [each for each in best]"), most=1)
    assert found.diagnoses[0].slug != "batch_lost_by_squeeze"


COLLECTED = """
    import numpy as np

    net, seen = nn.Linear(5, 1), []
    with torch.no_grad():
        for rows in torch.randn(7, 5).split(3):
            chances = torch.sigmoid(net(rows)).squeeze({axis})
            {kept}
    print(len(seen), round(float(sum(seen)), 4))
"""


@pytest.mark.parametrize(
    "kept",
    [
        "seen.extend(chances)",
        "seen.extend(chances.tolist())",
        "seen.extend((chances > 0.5).cpu().numpy())",
        "seen += chances.round().int().tolist()",
        "seen += list(chances.numpy())",
        "seen.extend(map(float, chances.tolist()))",
        "seen = np.concatenate([seen, chances.numpy()])",
        "seen.append(sum(chances.tolist()) + len(chances.numpy()))",
    ],
)
def test_what_is_collected_of_a_last_batch_of_one(kept):
    found = mended(COLLECTED.format(axis="", kept=kept), most=1)
    assert [each.slug for each in found.diagnoses] == ["batch_lost_by_squeeze"]
    assert found.output == printed(COLLECTED.format(axis="-1", kept=kept))
    assert not found.doubts


@pytest.mark.parametrize(
    "kept", ["seen.extend(chances.mean().tolist())", "seen += len(chances)", "seen.extend(zip(chances.tolist(), 3))"]
)
def test_what_is_no_list_for_another_reason_is_no_lost_batch(kept):
    program = COLLECTED.format(axis="", kept=kept).replace("randn(7", "randn(6")
    assert mended(program, most=1).diagnoses[0].slug != "batch_lost_by_squeeze"

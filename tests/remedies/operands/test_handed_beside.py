"""An argument that is handed on as it lies, beside one that is merged or turned for it."""

import pytest
from mended import mended, printed

SMOOTHED = """
    class Smoothed(nn.Module):
        def forward(self, scores, target):
            wanted = torch.full_like(scores, 0.02).scatter_(1, target.unsqueeze(1), 0.9)
            return -(wanted * scores.log_softmax(1)).sum(1).mean()

    scores, labels = torch.randn({shape}, 7), torch.randint(0, 7, ({labels}))
    print(round(Smoothed()({given}, {target}).item(), 4))
"""
CHAIN = """
    def total(emitted, mask):
        alpha = emitted[0]
        for t in range(1, len(emitted)):
            alpha = torch.where(mask[t].unsqueeze(1), alpha.logsumexp(1, keepdim=True) + emitted[t], alpha)
        return alpha.logsumexp(1)

    ids = torch.tensor([[5, 3, 2, 8, 1], [4, 4, 7, 0, 0], [6, 1, 0, 0, 0]])
    emitted = nn.Embedding(9, 4)(ids)
    print(round(total({given}, {mask}).sum().item(), 4))
"""


@pytest.mark.parametrize("given", ["scores.view(-1, 7)", "scores.flatten(0, 1)", "scores.contiguous().reshape(-1, 7)"])
def test_labels_are_laid_flat_as_their_scores(given):
    wrong = SMOOTHED.format(shape="3, 5", labels="3, 5", given=given, target="labels")
    found = mended(wrong)
    assert found.output == printed(wrong.replace(", labels)", ", labels.flatten())"))
    assert not found.doubts


@pytest.mark.parametrize("turn", [".transpose(0, 1)", ".permute(1, 0, 2)"])
def test_a_mask_is_turned_as_what_it_masks(turn):
    found = mended(CHAIN.format(given=f"emitted{turn}", mask="ids != 0"))
    assert found.output == printed(CHAIN.format(given=f"emitted{turn}", mask="(ids != 0).t()"))
    assert not found.doubts


@pytest.mark.parametrize(
    ("shape", "labels"),
    [
        # Labels of other samples are no labels of these rows.
        ("3, 5", "5, 3"),
        # Nothing was merged that the labels still have.
        ("15", "3, 5"),
    ],
)
def test_what_lies_otherwise_is_left(shape, labels):
    given = "scores.view(-1, 7)"
    found = mended(SMOOTHED.format(shape=shape, labels=labels, given=given, target="labels"), most=1)
    assert not any(fix.title == "labels.flatten()" for each in found.diagnoses for fix in each.fixes)


MARKED = """
    class Embedded(nn.Module):
        def __init__(self):
            super().__init__()
            self.value, self.mark = nn.Linear(3, 8), nn.Linear(2, 8)

        def forward(self, x, marks):
            return self.value(x) + self.mark(marks)

    ahead, x, marks = 4, torch.randn(5, 10, 3), torch.randn(5, 10, 2)
    print(round(Embedded()(x, marks{cut}){behind}.sum().item(), 4))
"""


def test_what_is_cut_behind_is_whole_before():
    found = mended(MARKED.format(cut="[:, -ahead:]", behind="[:, -ahead:]"))
    assert found.output == printed(MARKED.format(cut="", behind="[:, -ahead:]"))
    assert not found.doubts


def test_what_nothing_cuts_behind_may_lack_a_cut_beside():
    found = mended(MARKED.format(cut="[:, -ahead:]", behind=""), most=1)
    assert not any(fix.title == "marks" and not fix.doubt for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize(("masks", "is_sure"), [("ids != 0", False), ("(ids != 0).t()", True)])
def test_what_takes_samples_first_may_need_no_turn(masks, is_sure):
    program = f"""
    def total(emitted, ids, mask):
        return (emitted.gather(2, ids.unsqueeze(2)).squeeze(2) * mask).sum(1)

    ids = torch.tensor([[1, 3, 2, 0, 1], [2, 1, 3, 0, 0]])
    emitted = nn.Embedding(9, 4)(ids)
    print(total(emitted.transpose(0, 1), ids, {masks}).shape)
    """
    found = mended(program, most=1)
    turned = [fix for fix in found.diagnoses[0].fixes if fix.title.endswith("ids.t()")]
    assert [not fix.doubt for fix in turned] == [is_sure]


OF_TURNED = """
    def total(emitted, mask):
        alpha = emitted[0]
        for t in range(1, len(emitted)):
            alpha = torch.where(mask[t].unsqueeze(1), alpha + emitted[t], alpha)
        return alpha.logsumexp(1)

    PAD, ids = 0, torch.tensor([[5, 3, 2, 8, 1], [4, 4, 7, 0, 0], [6, 1, 0, 0, 0]])
    emitted = nn.GRU(3, 4)(nn.Embedding(9, 3)(ids{turn}))[0]
    print(round(total(emitted, {mask}).sum().item(), 4))
"""


@pytest.mark.parametrize("turn", [".t()", ".T", ".transpose(0, 1)"])
@pytest.mark.parametrize("mask", ["ids != 0", "ids.ne(0)", "ids != PAD"])
def test_a_mask_of_what_was_turned_is_turned(turn, mask):
    found = mended(OF_TURNED.format(turn=turn, mask=mask))
    assert found.output == printed(OF_TURNED.format(turn=turn, mask=f"({mask}).t()"))
    assert not found.doubts

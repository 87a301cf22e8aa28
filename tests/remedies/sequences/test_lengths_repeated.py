"""The same length said as often as there are steps, where there is one for each sample."""

import pytest
from mended import mended, printed

LOOP = """
    class Listener(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 4)
            self.out = nn.Linear(4, 6)

        def forward(self, x):
            return self.out(self.rnn(x)[0]).log_softmax(-1)

    HELPER
    net = Listener()
    sound, words = torch.randn(9, 7, 3), torch.randint(1, 6, (7, 2))
    for begin in (0, 5):
        x, y = sound[:, begin : begin + 5], words[begin : begin + 5]
        p = net(x)
        LENGTHS
        print(F.ctc_loss(p, y, steps, letters).item())
"""


def program(lengths: str, helper: str = "") -> str:
    return LOOP.replace("LENGTHS", lengths.replace("\n", "\n        ")).replace(
        "HELPER", helper.replace("\n", "\n    ")
    )


TWO = "torch.full((len(y),), 2)"
RIGHT = program(f"steps, letters = torch.full((p.size(1),), p.size(0)), {TWO}")
HELPER = "def lengths(scores, words):\n    FIRST\n    return first, torch.tensor([len(word) for word in words])"
ALL = "def lengths(scores, words):\n    T, N, _ = scores.shape\n    return torch.full((T,), T), torch.full((T,), 2)"


@pytest.mark.parametrize(
    ("wrong", "changed"),
    [
        (program(f"steps, letters = torch.IntTensor([p.size(0)] * p.size(0)), {TWO}"), "* p.size(1)"),
        (program(f"steps, letters = torch.full((p.shape[0],), p.shape[0]), {TWO}"), "(p.shape[1],)"),
        (program(f"T = len(p)\nsteps, letters = torch.LongTensor([T] * T), {TWO}"), "* p.size(1)"),
        (program(f"T, N, C = p.shape\nsteps, letters = torch.ones(T, dtype=torch.int) * T, {TWO}"), "ones(N,"),
        (program(f"T, _, _ = p.size()\nsteps, letters = torch.IntTensor(T).fill_(T), {TWO}"), "(p.size(1)).fill_"),
        (program(f"steps, letters = torch.tensor([9]).repeat(9), {TWO}"), "repeat(p.size(1))"),
        (program(f"steps, letters = torch.tensor([len(p) for _ in p]), {TWO}"), "for _ in range(p.size(1))"),
        (program(f"steps, letters = torch.full((x.size(0),), x.size(0)), {TWO}"), "(x.size(1),)"),
        (program("steps, letters = torch.full((len(y),), 9), torch.full((p.size(0),), 2)"), "(p.size(1),), 2)"),
        (program("steps, letters = torch.full((len(y),), 9), torch.full((y.size(1),), 2)"), "(y.size(0),), 2)"),
        (
            program(
                "steps, letters = lengths(p, y)",
                HELPER.replace("FIRST", "first = torch.IntTensor([len(scores)] * len(scores))"),
            ),
            "* scores.size(1)",
        ),
        (program("steps, letters = lengths(p, y)", ALL), "(N,)"),
        (
            program("n = p.size(0)\nsteps, letters = torch.full((n,), len(p)), torch.full((n,), y.size(1))"),
            "n = p.size(1)",
        ),
    ],
)
def test_once_for_each_sample_of_the_prediction(wrong, changed):
    found = mended(wrong)
    assert found.output == printed(RIGHT)
    assert not found.doubts
    assert any(changed in line for line in found.changed)


def test_another_length_than_that_of_all_steps_is_in_doubt():
    found = mended(program(f"steps, letters = torch.full((len(p),), 8), {TWO}"), most=1)
    assert found.changed == ["steps, letters = torch.full((p.size(1),), 8), torch.full((len(y),), 2)"]
    assert found.doubts


@pytest.mark.parametrize(
    "wrong",
    [
        # Each has a length of its own.
        program(f"steps, letters = torch.arange(1, 10), {TWO}"),
        # Nothing beside them says that the second axis holds the samples.
        program("steps, letters = torch.full((9,), 9), torch.full((9,), 1)").replace("(p, y,", "(p, y.flatten()[:9],"),
        # The scores lie with the samples first, as everything else says.
        program(f"steps, letters = torch.full((5,), 9), {TWO}").replace("p = net(x)", "p = net(x).transpose(0, 1)"),
    ],
)
def test_elsewhere_they_are_as_many_as_they_were(wrong):
    fixes = mended(wrong, most=1).diagnoses[0].fixes
    assert not any("size(1)" in edit.replacement for fix in fixes for edit in fix.edits)


@pytest.mark.parametrize(
    "made", ["torch.IntTensor([p.size(0)]{all})", "torch.tensor([len(p)]{all})", "torch.LongTensor([p.shape[0]]{all})"]
)
def test_the_one_length_of_a_list_is_said_for_each_sample(made):
    program = """
        def loss_of(p, text, lengths):
            steps = {made}
            return nn.CTCLoss()(p, text, steps, lengths)

        p = torch.randn(12, 3, 7).log_softmax(2)
        text, lengths = torch.randint(1, 7, (9,)), torch.tensor([3, 4, 2])
        print(round(loss_of(p, text, lengths).item(), 4))
    """
    found = mended(program.format(made=made.format(all="")), most=1)
    assert found.output == printed(program.format(made=made.format(all=" * p.size(1)")))
    assert not found.doubts


def test_a_list_made_in_another_function_is_told_the_number():
    program = """
        def steps():
            return torch.tensor([12]{all})

        def loss_of():
            p, text = torch.randn(12, 3, 7).log_softmax(2), torch.randint(1, 7, (3, 4))
            return F.ctc_loss(p, text, steps(), torch.tensor([4, 3, 4]))

        print(round(loss_of().item(), 4))
    """
    found = mended(program.format(all=""), most=1)
    assert found.output == printed(program.format(all=" * 3"))

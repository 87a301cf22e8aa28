"""Gradients of many numbers by what they were made of."""

import pytest
from mended import mended, printed

PROGRAM = """
    net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    x = torch.rand(7, 2, requires_grad=True)
    u = net(x)
    {before}
    (g,) = torch.autograd.grad({given}, create_graph=True)
    print(round((g.std(0) * torch.arange(2)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("u, x", "u, x, grad_outputs=torch.ones_like(u)"),
        ("[u], [x]", "[u], [x], grad_outputs=[torch.ones_like(u)]"),
        ("outputs=u, inputs=x", "u, x, grad_outputs=torch.ones_like(u)"),
        ("net(x), x", "net(x).sum(), x"),
    ],
)
def test_all_of_them_are_asked_at_once(bad, good):
    found = mended(PROGRAM.format(before="", given=bad))
    assert found.output == printed(PROGRAM.format(before="", given=good))
    assert not found.doubts


@pytest.mark.parametrize("weights", ["torch.ones_like(u)", "torch.randn(7, 1)"])
def test_weights_that_are_given_beside_it_leave_a_doubt(weights):
    before = f"v = {weights}\n    first = torch.autograd.grad(u, x, grad_outputs=v, retain_graph=True)"
    found = mended(PROGRAM.format(before=before, given="u, x"), most=1)
    assert bool(found.doubts) == ("randn" in weights)


def test_weights_get_the_gradient_of_one_number():
    program = """
    w = nn.Parameter(torch.randn(3, 1))
    loss = F.mse_loss(torch.randn(8, 3) @ w, torch.randn(8, 1), reduction="none")
    print(torch.autograd.grad(loss{}, [w])[0].flatten().tolist())
    """
    found = mended(program.format(""))
    assert found.output == printed(program.format(".mean()"))


@pytest.mark.parametrize(
    "lines",
    [
        "w = torch.zeros(3, 1, requires_grad=True)\n    u = (x @ w - 1) ** 2\n    g = torch.autograd.grad(u, w)",
        "w, c = torch.ones(3, requires_grad=True), torch.zeros(1, requires_grad=True)\n    u = x @ w + c\n"
        "    g = torch.autograd.grad(u, (w, c))",
        "u = F.mse_loss(x.sum(1), torch.ones(8), reduction='none')\n    g = torch.autograd.grad(u, x)",
        "u = nn.Linear(3, 2)(x)\n    g = torch.autograd.grad(u, x)",
    ],
)
def test_numbers_that_are_not_one_to_a_row_leave_a_doubt(lines):
    found = mended(f"""
    x = torch.randn(8, 3, requires_grad=True)
    {lines}
    print(g[0].shape)
    """)
    assert found.output != "crashed"
    assert found.doubts

"""Numbers that are tensors still, where Python or numpy wants plain ones."""

import pytest
from mended import mended, printed


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("print(round(loss, 3))", "print(round(loss.item(), 3))"),
        ("print(round(ndigits=2, number=loss))", "print(round(ndigits=2, number=loss.item()))"),
        ('print(f"{each:.3f}")', 'print(f"{each.item():.3f}")'),
        ('print("{:.3f}".format(each))', 'print("{:.3f}".format(each.item()))'),
        ('print(json.dumps({"loss": loss, "at": 3}))', 'print(json.dumps({"loss": loss.item(), "at": 3}))'),
    ],
)
def test_a_number_is_taken_out_of_its_tensor(wrong, right):
    program = """
    import json
    given, wanted = torch.rand(5, 3), torch.rand(5, 3)
    loss, each = F.mse_loss(given, wanted), torch.rand(1, 1)
    {line}
    """
    found = mended(program.format(line=wrong), most=1)
    assert found.diagnoses[0].slug == "tensor_for_number"
    assert found.output == printed(program.format(line=right))
    assert not found.doubts


def test_json_is_told_what_to_make_of_tensors_that_lie_deeper():
    program = """
    import json
    net, log = nn.Linear(4, 3), []
    for _ in range(2):
        log.append({{"loss": net(torch.rand(5, 4)).sum(), "weights": {{"bias": net.bias}}}})
    print(len(json.dumps(log{more})) > 9)
    """
    found = mended(program.format(more=""), most=1)
    assert found.changed == ["print(len(json.dumps(log, default=lambda tensor: tensor.tolist())) > 9)"]
    told = mended(program.format(more=", default=lambda each: {'kept': each}"), most=1)
    assert not [fix for each in told.diagnoses for fix in each.fixes]


def test_which_of_many_numbers_is_written_is_in_doubt():
    found = mended(
        """
        losses = F.mse_loss(torch.rand(5, 3), torch.rand(5, 3), reduction="none")
        print(f"epoch {1} {losses:.3f}")
        """,
        most=1,
    )
    assert found.diagnoses[0].slug == "tensor_for_number"
    assert found.doubts


def test_many_numbers_are_rounded_by_torch():
    found = mended("print(round(torch.rand(4), 2).shape)", most=1)
    titles = {fix.title: fix.doubt for fix in found.diagnoses[0].fixes}
    assert titles["torch.round(torch.rand(4), decimals=2)"]


KEPT = """
    import numpy as np
    net = nn.Linear(4, 1)
    kept, total = [], 0
    for rows in torch.rand(3, 6, 4):
        loss = net(rows).pow(2).{reduced}
        kept.append({kept})
    {used}
"""


@pytest.mark.parametrize(
    ("reduced", "right"), [("mean()", "loss.item()"), ("mean(1)", "loss.detach()"), ("sum()", "loss.item()")]
)
def test_a_list_for_numpy_is_filled_without_graphs(reduced, right):
    used = "print(round(float(np.array(kept).sum()), 3))"
    found = mended(KEPT.format(reduced=reduced, kept="loss", used=used), most=1)
    assert found.diagnoses[0].slug == "array_of_tensor_with_graph"
    assert found.changed == [f"kept.append({right})"]
    assert found.output == printed(KEPT.format(reduced=reduced, kept=right, used=used))


def test_a_list_that_is_summed_for_backward_keeps_its_graphs():
    used = "sum(kept).backward()\n    print(round(float(np.mean(kept)), 3))"
    found = mended(KEPT.format(reduced="mean()", kept="loss", used=used), most=1)
    assert found.changed == ["print(round(float(np.mean([each.item() for each in kept])), 3))"]
    assert found.output != "crashed"


def test_what_a_penalty_is_made_of_keeps_its_graph():
    program = """
    import numpy as np

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers, self.acts = nn.ModuleList([nn.Linear(3, 4), nn.Linear(4, 4)]), []

        def forward(self, x):
            for layer in self.layers:
                x = layer(x).relu()
                self.acts.append(x)
            print(len(np.array(self.acts)) > 0)
            return x

    net = Net()
    loss = net(torch.randn(5, 3)).sum() + torch.stack(net.acts).pow(2).mean()
    loss.backward()
    """
    found = mended(program, most=1)
    assert "[each.detach() for each in self.acts]" in found.changed[0]


IN_A_MODULE = """
    import numpy as np


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))

        def forward(self, x):
            seen = [x]
            for layer in self.layers:
                seen.append(layer(seen[-1]))
            return {made}


    torch.manual_seed(1)
    net = Net()
    out = net(torch.randn(5, 4))
    out.sum().backward()
    print(out.shape, net.layers[0].weight.grad.sum().item())
"""


@pytest.mark.parametrize(
    ("made", "right"),
    [
        ("np.sum(seen, 0)", "torch.stack(seen).sum(0)"),
        ("np.mean(seen, axis=0)", "torch.stack(seen).mean(0)"),
        ("np.concatenate(seen, axis=1)", "torch.cat(seen, dim=1)"),
        ("np.stack(seen)", "torch.stack(seen, dim=0)"),
    ],
)
def test_what_a_module_puts_together_keeps_its_graph(made, right):
    found = mended(IN_A_MODULE.format(made=made))
    assert found.changed == [f"return {right}"]
    assert found.output == printed(IN_A_MODULE.format(made=right))
    assert found.doubts == []

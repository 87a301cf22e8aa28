"""What changes under the reading of the lines behind a crash is not taken for what it was before."""

import contextlib
import io
import textwrap
import time

import pytest
import torch
from mended import HEAD
from ways_ahead import ways

RIGHT, OTHER = "x.permute(0, 2, 1)", "x.permute(0, 1, 2)"
INSIDE = {
    "a loop that is gone through to its end": """
        y = torch.randn(3)
        x = x.permute(0, 2, 2)
        for _ in range(2):
            pass
        else:
            y = lin(x)
        return y @ torch.randn(4, 2)
    """,
    "a list that is emptied": """
        rows = [torch.randn(3, 3, 3)]
        x = x.permute(0, 2, 2)
        rows.clear()
        rows.append(x)
        return lin(torch.cat(rows))
    """,
    "a list of which one is taken out": """
        rows = [torch.randn(3, 3, 3)]
        x = x.permute(0, 2, 2)
        last = rows.pop()
        rows.append(x)
        return lin(torch.cat(rows))
    """,
    "what is deleted": """
        rows = [torch.randn(3, 3, 3)]
        x = x.permute(0, 2, 2)
        del rows[0]
        rows.append(x)
        return lin(torch.cat(rows))
    """,
    "what is put into a dict": """
        held = {"rows": torch.randn(3, 3, 3)}
        x = x.permute(0, 2, 2)
        held["rows"], n = x, 1
        return lin(held["rows"])
    """,
    "a dict that is filled": """
        held = {"rows": torch.randn(3, 3, 3)}
        x = x.permute(0, 2, 2)
        held.update(rows=x)
        return lin(held["rows"])
    """,
    "a tensor that is turned itself": """
        x = x.permute(0, 2, 2)
        x.transpose_(1, 2)
        return x @ torch.randn(2, 4)
    """,
    "a list that has two names": """
        rows = [torch.randn(3)]
        alike = rows
        x = x.permute(0, 2, 2)
        alike[0] = x
        return lin(rows[0])
    """,
    "a name that is given in an expression": """
        y = torch.randn(3)
        x = x.permute(0, 2, 2)
        z = (y := lin(x)) + 1
        return y @ torch.randn(4, 2)
    """,
    "a case that is matched": """
        mode, y = "a", torch.randn(3)
        x = x.permute(0, 2, 2)
        match mode:
            case "a":
                y = lin(x)
        return y @ torch.randn(4, 2)
    """,
    "a function of the same name": """
        step = lambda v: v @ torch.randn(3, 3)
        x = x.permute(0, 2, 2)
        def step(v):
            return lin(v)
        return step(x)
    """,
    "a list that a function fills": """
        rows = []
        def keep(held, v):
            held.append(v)
        x = x.permute(0, 2, 2)
        keep(rows, x)
        return lin(torch.stack(rows))
    """,
    "a name that a function gives another value": """
        state = torch.randn(3)
        def keep(v):
            nonlocal state
            state = v
        x = x.permute(0, 2, 2)
        keep(x)
        return lin(state)
    """,
    "names that are given as a dict": """
        box = type("Box", (), {})()
        box.rows = torch.randn(3)
        x = x.permute(0, 2, 2)
        box.__dict__["rows"] = x
        return lin(box.rows)
    """,
    "an attribute that is set by its name": """
        lin.rows = torch.randn(3)
        x = x.permute(0, 2, 2)
        setattr(lin, "rows", x)
        return lin(lin.rows)
    """,
    "an attribute that a loop may set": """
        lin.rows = torch.randn(3)
        x = x.permute(0, 2, 2)
        while lin.rows is not x:
            lin.rows = x
        return lin(lin.rows)
    """,
    "a layer with a hook": """
        lin.register_forward_hook(lambda layer, given, y: y[:, 0])
        x = x.permute(0, 2, 2)
        return lin(x) @ torch.randn(7, 4, 2)[0]
    """,
    "a layer with another forward": """
        first = lin.forward
        net = nn.Sequential(nn.Identity())
        net.forward = lambda v: first(v)
        x = x.permute(0, 2, 2)
        return net(x) @ torch.randn(4, 2)
    """,
    "a loop that returns in another round": """
        for at in range(3):
            if at == 0:
                x = x.permute(0, 2, 2)
            if at == 2:
                return lin(x)
        return x @ torch.randn(3, 3, 3)
    """,
}


@pytest.mark.parametrize("body", INSIDE.values(), ids=INSIDE)
def test_what_is_changed_in_place_is_not_taken_for_what_it_was(body):
    program = "def told(x, lin):\n" + textwrap.indent(textwrap.dedent(body), "    ")
    program += "\nprint(told(torch.randn(7, 6, 2), nn.Linear(6, 4)).shape)\n"
    with contextlib.redirect_stdout(io.StringIO()):
        exec(HEAD + program.replace("x.permute(0, 2, 2)", RIGHT), {})
    assert ways(program, RIGHT)[0] is not False


FROM_OUTSIDE = {
    "a model in a row of others": """
        class Inner(nn.Module):
            def forward(self, x):
                x = x.permute(0, 2, 2)
                return x
        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.inner, self.lin = Inner(), nn.Linear(6, 6)
            def forward(self, x):
                return self.lin(self.inner(x))
        net = nn.Sequential(Block(), nn.Linear(6, 3))
        print(F.mse_loss(net(torch.randn(7, 6, 2)), torch.zeros(7, 2, 3)).shape)
    """,
    "samples of which a batch is made": """
        def turned(x):
            x = x.permute(0, 2, 2)
            return x
        class Rows(torch.utils.data.Dataset):
            def __len__(self):
                return 8
            def __getitem__(self, at):
                return turned(torch.randn(1, 6, 2))[0]
        rows = next(iter(torch.utils.data.DataLoader(Rows(), batch_size=4)))
        print((rows @ torch.randn(4, 6, 3)).shape)
    """,
    "a list of the file that has two names": """
        rows, lin = [torch.randn(3)], nn.Linear(6, 4)
        x, alike = torch.randn(7, 6, 2), rows
        x = x.permute(0, 2, 2)
        alike[0] = x
        print(lin(rows[0]).shape)
    """,
    "a generator": """
        def turned(x):
            x = x.permute(0, 2, 2)
            return x
        def rows():
            for each in [torch.randn(7, 6, 2), torch.randn(7, 6, 2)]:
                yield turned(each)
        print(torch.cat(list(rows())).shape)
    """,
    "what leaves a loop": """
        x, lin = torch.randn(7, 6, 2), nn.Linear(6, 4)
        for at in range(3):
            if at == 0:
                x = x.permute(0, 2, 2)
                break
            x = torch.cat([x, torch.randn(3, 3, 3)])
        print(lin(x).shape)
    """,
    "what goes on with the next round": """
        x, lin = torch.randn(7, 6, 2), nn.Linear(6, 4)
        for at in range(1):
            if at == 0:
                x = x.permute(0, 2, 2)
                continue
            x = torch.cat([x, torch.randn(3, 3, 3)])
        print(lin(x).shape)
    """,
    "what stands behind a try": """
        x, y, lin = torch.randn(7, 6, 2), torch.randn(3), nn.Linear(6, 4)
        try:
            x = x.permute(0, 2, 2)
        except ValueError:
            pass
        else:
            y = lin(x)
        print((y @ torch.randn(4, 3)).shape)
    """,
    "a list of the file that a function fills": """
        rows, lin = [], nn.Linear(6, 4)
        def keep(v):
            rows.append(v)
        def told(x):
            x = x.permute(0, 2, 2)
            keep(x)
            return lin(torch.stack(rows))
        print(told(torch.randn(7, 6, 2)).shape)
    """,
    "a model that is called otherwise": """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.lin = nn.Linear(6, 4)
            def __call__(self, x):
                return super().__call__(x)[:, 0]
            def forward(self, x):
                return self.lin(x)
        x, net = torch.randn(7, 6, 2), Net()
        x = x.permute(0, 2, 2)
        print(F.mse_loss(net(x), torch.zeros(7, 4)).shape)
    """,
}


@pytest.mark.parametrize("program", FROM_OUTSIDE.values(), ids=FROM_OUTSIDE)
def test_what_the_frames_farther_out_make_of_it_is_not_guessed(program):
    with contextlib.redirect_stdout(io.StringIO()):
        exec(HEAD + textwrap.dedent(program).replace("x.permute(0, 2, 2)", RIGHT), {})
    assert ways(program, RIGHT)[0] is not False


def test_a_sum_in_place_gives_no_tensor_another_shape():
    program = """
        x, y = torch.randn(7, 6, 2), torch.randn(6)
        x = x.permute(0, 2, 2)
        y {sign} x
    """
    assert ways(program.format(sign="+="), RIGHT) == [False]
    assert ways(program.format(sign="= y +"), RIGHT, OTHER) == [True, False]


def test_a_reading_of_very_many_layers_is_given_up_in_time():
    program = """
        x, net = torch.randn(7, 6, 2), nn.Sequential(*(nn.Linear(6, 6) for _ in range(300)))
        x = x.permute(0, 2, 2)
        for _ in range(60):
            x = net(x)
    """
    begun = time.thread_time()
    assert ways(program, *(f"x.permute(0, 2, 1)[{at}:]" for at in range(7)))[-1] is None
    assert time.thread_time() - begun < 9
    assert torch.is_grad_enabled()

"""What a watch tells: violations raised, warned of or recorded, and stages that were not reached."""

import re

import pytest
import torch
from forwards import Forward
from torch import nn

from shapecheck import Protocol, ProtocolError, ShapeError, Stage, watch
from shapecheck.errors import ShapeWarning


class Net(nn.Module):
    """An LSTM and a Linear; ``reorder`` says how the output of the one becomes the input of the other."""

    def __init__(self, reorder=lambda out: out, dropout=0.0):
        super().__init__()
        self.lstm = nn.LSTM(1, 5, num_layers=2, batch_first=True, dropout=dropout)
        self.linear = nn.Linear(5, 1)
        self.reorder = reorder

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(self.reorder(out).reshape(-1, 5))


def scrambled(out):
    return out.transpose(0, 1)


def rows(trace):
    return [(entry.call.module, entry.count, entry.call.status) for entry in trace]


def whys(watcher):
    return {item.what: item.why for item in watcher.report.not_checked}


def test_scrambled_content_is_raised_before_the_module_runs():
    model = Net(scrambled)
    with watch(model, protocol=Protocol.documented()) as seen, pytest.raises(ShapeError) as caught:
        model(torch.randn(4, 7, 1))
    assert str(caught.value).startswith("SC302: a reshape made the sizes fit and mixed up what belongs together\n")
    assert caught.value.diagnoses[0].violation.kind == "content"
    assert rows(seen.trace) == [("", 1, "refused"), ("lstm", 1, "returned"), ("linear", 1, "refused")]


def test_a_violation_is_raised_each_time():
    model = Net(scrambled)
    with watch(model, protocol=Protocol.documented()) as seen:
        for _ in range(4):
            with pytest.raises(ShapeError):
                model(torch.randn(4, 7, 1))
    assert len(seen.violations) == 1


def test_right_content_is_checked():
    model = Net()
    with watch(model, protocol=Protocol.documented()) as seen:
        model(torch.randn(4, 7, 1))
    assert seen.violations == ()
    assert (
        "the content of stage 'Linear input': batch_size seq_length hidden_size -> (batch_size seq_length) hidden_size"
        in (seen.report.checked)
    )
    assert seen.report.ok


def test_content_is_checked_after_the_batch_size_changes_too():
    model = Net()
    with watch(model, protocol=Protocol.documented()) as seen:
        model(torch.randn(4, 7, 1))
        model.reorder = scrambled
        model(torch.randn(4, 7, 1))  # the shapes are known already: one comparison, and no look at the content
        with pytest.raises(ShapeError):
            model(torch.randn(3, 7, 1))
    assert len(seen.violations) == 1


def test_values_changed_on_the_way_are_not_an_accusation():
    # Of a few weights nothing that comes out is below zero, and then nothing is changed.
    torch.manual_seed(0)
    model = Net(torch.relu)
    with watch(model, protocol=Protocol.documented()) as seen:
        model(torch.randn(4, 7, 1))
    assert seen.violations == ()
    assert "order cannot be told" in whys(seen)["the content of stage 'Linear input'"]


def test_wrong_item_is_wrong_content():
    class First(Net):
        def forward(self, x):
            out, _ = self.lstm(x)
            return self.linear(out[:, 0])

    model = First()
    with watch(model, protocol=Protocol.documented(head="last step")), pytest.raises(ShapeError) as caught:
        model(torch.randn(4, 7, 1))
    assert caught.value.diagnoses[0].violation.stage == "Linear input"


def test_state_of_the_wrong_layer_is_wrong_content():
    class FirstLayer(Net):
        def forward(self, x):
            _, (h_n, _) = self.lstm(x)
            return self.linear(h_n[0])

    model = FirstLayer()
    step = "num_layers[-1] batch_size hidden_size -> batch_size hidden_size"
    protocol = Protocol(
        "last state",
        (
            Stage("state", "lstm.h_n", "num_layers batch_size hidden_size"),
            Stage("Linear input", "linear.input", "batch_size hidden_size", step=step),
        ),
    )
    with watch(model, protocol=protocol), pytest.raises(ShapeError):
        model(torch.randn(4, 7, 1))


@pytest.mark.filterwarnings("always")
def test_warn_warns_once_of_each_violation(recwarn):
    model = Net(scrambled)
    with watch(model, protocol=Protocol.documented(), on_violation="warn") as seen:
        for _ in range(3):
            model(torch.randn(4, 7, 1))
    assert [warning.category for warning in recwarn] == [ShapeWarning]
    assert recwarn[0].filename == __file__, "it points to the line that called the model"
    assert "SC302" in str(recwarn[0].message)
    assert len(seen.violations) == 1


def test_a_call_that_the_watch_stopped_is_not_said_to_have_failed():
    model = Net(scrambled)
    with watch(model, protocol=Protocol.documented()) as seen, pytest.raises(ShapeError):
        model(torch.randn(4, 7, 1))
    assert "STOPPED HERE: shapecheck raised a ShapeError" in str(seen.trace)


def test_record_only_records():
    model = Net(scrambled)
    with watch(model, protocol=Protocol.documented(), on_violation="record") as seen:
        model(torch.randn(4, 7, 1))
    assert not seen.report.ok
    assert [found.slug for found in seen.report.diagnoses] == ["scrambled_by_reshape"]


def test_sizes_across_stages_are_checked_though_each_call_was_seen_before():
    class Loses(Net):
        keep = None

        def forward(self, x):
            out, _ = self.lstm(x)
            return self.linear(out[: self.keep].reshape(-1, 5))

    model = Loses()
    with watch(model, protocol=Protocol.documented()):
        model(torch.randn(4, 7, 1))
        model(torch.randn(2, 7, 1))
        model.keep = 2
        with pytest.raises(ShapeError):
            model(torch.randn(4, 7, 1))


def test_a_stage_is_told_apart_in_each_forward():
    model = Net()
    with watch(model, protocol=Protocol.documented()) as seen:
        for shape in ((4, 7, 1), (3, 7, 1), (4, 2, 1), (1, 1, 1), (0, 3, 1)):
            model(torch.randn(*shape))
    assert seen.violations == ()


def test_layers_run_over_two_sequences_of_different_lengths_are_no_violation():
    class Siamese(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = Net()

        def forward(self, left, right):
            return self.net(left).sum() + self.net(right).sum()

    model = Siamese()
    with watch(model, protocol=Protocol.documented(lstm="net.lstm", linear="net.linear")) as seen:
        for _ in range(3):
            model(torch.randn(4, 7, 1), torch.randn(4, 3, 1))
    assert seen.violations == ()


def test_loss_module_is_watched():
    model, loss = Net(), nn.MSELoss()
    with watch(model, loss, Protocol.documented(loss="mse")) as seen:
        prediction = model(torch.randn(4, 7, 1))
        loss(prediction, torch.randn(28, 1))
        with pytest.raises(ShapeError) as caught:
            loss(prediction, torch.randn(28))
    assert caught.value.diagnoses[0].violation.stage == "loss target"
    assert rows(seen.trace)[3] == ("loss", 1, "returned")


def test_loss_inputs_by_hand():
    model = Net()
    with watch(model, protocol=Protocol.documented(loss="mse")) as seen:
        prediction = model(torch.randn(4, 7, 1))
        for _ in range(2):
            seen.loss_inputs(prediction, torch.randn(28, 1))
        with pytest.raises(ShapeError):
            seen.loss_inputs(prediction, torch.randn(4, 7, 1))
    (entry,) = seen.trace.of("loss")
    assert entry.count == 2
    assert [(record.role, record.dims) for record in entry.call.inputs] == [
        ("input", ("batch_size*seq_length", "out_size")),
        ("target", ("batch_size*seq_length", "out_size")),
    ]


def test_observe_any_stage_by_hand():
    protocol = Protocol("embedding", (Stage("tokens", "input", "batch_size seq_length", dtype="int64"),))
    model = nn.Identity()
    with watch(model, protocol=protocol) as seen:
        seen.observe("tokens", torch.zeros(4, 7, dtype=torch.int64))
        with pytest.raises(ShapeError):
            seen.observe("tokens", torch.zeros(4, 7))
        with pytest.raises(ProtocolError, match="the protocol has no stage 'token'; did you mean 'tokens'\\?"):
            seen.observe("token", torch.zeros(4, 7))


def test_stage_that_was_never_reached_is_not_checked():
    model = Net()
    with watch(model, protocol=Protocol.documented(loss="mse")) as seen:
        model(torch.randn(4, 7, 1))
    assert whys(seen)["stage 'loss target'"] == "nothing was seen at loss.target"


def test_role_that_is_not_there_is_a_violation_that_says_what_is():
    protocol = Protocol("wrong", (Stage("state", "logits", "_ _ _"),))
    model = Net()
    with watch(model, protocol=protocol), pytest.raises(ShapeError) as caught:
        model(torch.randn(4, 7, 1))
    assert "no tensor called 'logits'; there are x, output" in str(caught.value)
    protocol = Protocol("misspelt", (Stage("in", "inputt", "_ _ _"),))
    with watch(model, protocol=protocol), pytest.raises(ShapeError) as caught:
        model(torch.randn(4, 7, 1))
    assert "no tensor called 'inputt'; there are x, output; did you mean 'input'?" in str(caught.value)


def test_a_module_with_two_names_is_called_by_both():
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(3, 3)
            self.b = self.a

        def forward(self, x):
            return self.b(self.a(x))

    model = Shared()
    with watch(model) as seen:
        model(torch.zeros(2, 3))
    text = str(seen.trace)
    assert "b is the same module as a" in text
    assert "never called" not in text
    assert [entry.count for entry in seen.trace.of("a")] == [2]
    assert type(seen.trace).from_json(seen.trace.to_json()) == seen.trace


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("lstm.inptu", "but an LSTM has no tensor 'inptu'; did you mean 'lstm.input'?"),
        ("lstm", "stage 'x' is at 'lstm', an LSTM: say which of its tensors, 'lstm.input' or 'lstm.output'"),
        ("loss.targte", "but the loss has no tensor 'targte'; did you mean 'loss.target'?"),
    ],
)
def test_places_are_checked_before_anything_is_hung_on_the_model(at, message):
    model = Net()
    for loss in (None, nn.MSELoss()):
        with pytest.raises(ProtocolError, match=re.escape(message)):
            watch(model, loss=loss, protocol=Protocol("p", (Stage("x", at, "_"),)))
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": None}, "expected the model to be an nn.Module, got NoneType"),
        ({"model": torch.relu}, "expected the model to be an nn.Module, got builtin_function_or_method"),
        ({"model": Net}, "expected the model to be an nn.Module, got the class Net; make one of it, Net(...)"),
        ({"model": int}, "expected the model to be an nn.Module, got the class int"),
        (
            {"loss": nn.MSELoss},
            "expected the loss to be an nn.Module, got the class MSELoss; make one of it, MSELoss(...)",
        ),
        (
            {"loss": nn.functional.mse_loss},
            "expected the loss to be an nn.Module, got function; for a function, call loss_inputs of the watch with "
            "what you give to it",
        ),
        (
            {"protocol": "text"},
            "expected the protocol to be a Protocol, got str; Protocol.documented() makes the usual one",
        ),
        (
            {"protocol": (Stage("x", "input", "_"),)},
            "expected the protocol to be a Protocol, got tuple; Protocol.documented() makes the usual one",
        ),
    ],
)
def test_what_cannot_be_watched(settings, message):
    with pytest.raises(TypeError) as caught:
        watch(**{"model": Net(), **settings})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda seen: seen.loss_inputs(None, torch.zeros(1)), "expected the prediction to be a tensor, got NoneType"),
        (lambda seen: seen.loss_inputs(torch.zeros(1), [1]), "expected the target to be a tensor, got list"),
        (lambda seen: seen.observe("x", None), "expected the tensor to be a tensor or a PackedSequence, got NoneType"),
        (lambda seen: seen.observe(1, torch.zeros(1)), "expected the name of the stage to be a str, got int"),
    ],
)
def test_what_is_no_tensor_cannot_be_held_against_a_stage(call, message):
    with watch(Net(), protocol=Protocol("p", (Stage("x", "input", "_"),))) as seen, pytest.raises(TypeError) as caught:
        call(seen)
    assert str(caught.value) == message


@pytest.mark.parametrize("value", ["rasie", "", None, ["raise"], True])
def test_another_way_to_tell(value):
    with pytest.raises(ValueError, match=r"^expected on_violation to be one of 'raise', 'warn', 'record', got "):
        watch(Net(), on_violation=value)


def test_why_nothing_was_seen_at_a_stage():
    class Attends(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(4, 2)
            self.idle = nn.Sequential(nn.Linear(4, 4))
            self.many = nn.ModuleList([nn.Linear(4, 4)])

        def forward(self, x):
            return self.attention(x, x, x)[0]

    places = ("attention.out_proj.input", "idle.0.input", "many.input", "input")
    protocol = Protocol("p", tuple(Stage(at, at, "_ _ _") for at in places))
    model = Attends()
    with watch(model, protocol=protocol) as seen:
        assert whys(seen)["stage 'input'"] == (
            "nothing was seen at input: the model was not called during the watch, or only as torch.compile compiled "
            "it, where hooks do nothing"
        )
        model(torch.zeros(3, 2, 4))
    told = whys(seen)
    assert "stage 'input'" not in told
    assert told["stage 'attention.out_proj.input'"] == (
        "nothing was seen at attention.out_proj.input: nn.MultiheadAttention uses the weights of its out_proj and "
        "never calls it"
    )
    assert told["stage 'many.input'"] == (
        "nothing was seen at many.input: many has no forward, so it is never called; what it holds is"
    )
    assert told["stage 'idle.0.input'"] == "nothing was seen at idle.0.input: idle was not called during the watch"


def test_input_and_output_alone_are_the_models_own():
    protocol = Protocol("whole", (Stage("in", "input", "batch_size 7 1"), Stage("out", "output", "batch_size*7 1")))
    model = Net()
    with watch(model, protocol=protocol) as seen:
        model(torch.randn(4, 7, 1))
        with pytest.raises(ShapeError):
            model(torch.randn(4, 6, 1))
    assert seen.violations[0].stage == "in"


@pytest.mark.parametrize(
    ("forward", "given", "got"),
    [
        (lambda self, x: x.sum().item(), torch.zeros(4, 3), "a float, and no tensor"),
        (lambda self, x: None, torch.zeros(4, 3), "None"),
        (lambda self, x: torch.as_tensor(x), [[1.0, 2.0, 3.0]], "a list, and no tensor"),
        (lambda self, x: torch.as_tensor(x), 3, "an int, and no tensor"),
    ],
)
def test_what_reaches_a_stage_and_is_no_tensor_is_called_by_its_type(forward, given, got):
    model = Forward(forward)
    protocol = Protocol("whole", (Stage("in", "input", "b f"), Stage("out", "output", "b f")))
    with watch(model, protocol=protocol), pytest.raises(ShapeError) as caught:
        model(given)
    assert f"  got       {got}\n" in f"{caught.value}\n"

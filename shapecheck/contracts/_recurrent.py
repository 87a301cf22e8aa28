"""What RNN, LSTM and GRU share: letters, forms and reasons; each of them is a small file that adds its states."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shapecheck.contract import Call, Config, Contract, Form, Hazard, Rule
from shapecheck.contracts._arithmetic import join
from shapecheck.contracts._rules import CAST, device_of_parameters, dtype_of_parameters
from shapecheck.dims import Bindings
from shapecheck.findings import Violation

READS = ("input_size", "hidden_size", "num_layers", "batch_first", "bidirectional", "proj_size")

LETTERS = {
    "N": "batch size: how many sequences are read side by side",
    "L": "sequence length: how many steps each sequence has",
    "D": "2 if bidirectional=True, else 1",
    "H_in": "input_size: how many numbers describe one step",
    "H_out": "hidden_size, or proj_size where that is set: how many numbers come out for each step and direction",
    "num_layers": "how many layers are stacked",
    "steps": "in a packed sequence, the real steps of all sequences together",
}

REASONS = {
    "H_in": (
        "the last axis holds the numbers that describe one step, and the layer has one column of weights for each of "
        "the input_size numbers that it was made for"
    ),
    "input.ndim": (
        "a recurrent layer reads sequences: it needs an axis for the features of a step and one for the steps, and "
        "with a third one, for the batch, it reads many sequences at once"
    ),
    "input.type": "a recurrent layer reads one tensor, or one PackedSequence",
    "L.minimum": "without a single step there is no last state to return",
    "D*num_layers": (
        "each layer and each direction starts from a state of its own, so axis 0 of a state counts layers times "
        "directions; it is never the batch, whatever batch_first says"
    ),
    "N": "each sequence of the batch starts from a state of its own, so a state belongs to a batch of this very size",
    "h_0.H_out": "the state is multiplied with the recurrent weights, which have this many columns",
    "h_0.ndim": (
        "a state has one axis less when the input is a single unbatched sequence: with a batch it is "
        "(D*num_layers, N, H_out), without one (D*num_layers, H_out)"
    ),
}


def _direction(call: Call) -> Violation | None:
    value = call.config["bidirectional"]
    if isinstance(value, bool):
        return None
    return Violation("type", "bidirectional", expected_text="a bool", got_text=type(value).__name__)


def _projection(call: Call) -> Violation | None:
    size = call.config.get("proj_size", 0)
    return Violation("value", "proj_size", expected_text="0", got_text=str(size)) if size else None


CONFIGURATION = (
    Rule(
        "bidirectional is a bool",
        _direction,
        reason="the constructor takes any value, but the kernel that forward calls takes a bool only",
    ),
)
NO_PROJECTION = Rule(
    "no projection", _projection, reason="only an LSTM projects its state; here the weights for it are never used"
)

TEACHING = {
    "N": "batch_size",
    "L": "seq_length",
    "H_in": "num_features",
    "H_out": "hidden_size",
    "H_cell": "hidden_size",
    "D": "num_directions",
}


def with_one_state(name: str, about: str, *, adds_state: bool) -> Contract:
    """The contract of a recurrent layer that carries one state: RNN and GRU.

    Args:
        name: Name of its class.
        about: The layer in one sentence.
        adds_state: Whether the state itself is part of a sum, and not only its product with the weights.
    """
    return Contract(
        name=name,
        types=(f"torch.nn.modules.rnn.{name}",),
        reads=READS,
        arguments=("input", "h_0"),
        returns=("output", "h_n"),
        letters=LETTERS,
        bind=bind(name),
        forms=forms({"h_0": "H_out"}, {"h_n": "H_out"}),
        reasons={**REASONS, "h_0.type": f"{_an(name)} carries one state and takes it as one tensor; two are an LSTM's"},
        dtypes=dtypes({"h_n": "h_0"}, lambda call: not adds_state),
        rules=(
            *CONFIGURATION,
            NO_PROJECTION,
            dtype_of_parameters("input", "h_0"),
            device_of_parameters("input", "h_0"),
        ),
        hazards=hazards,
        teaching=TEACHING,
        rows=rows("h_0", "h_n"),
        about=about,
        source=f"https://docs.pytorch.org/docs/stable/generated/torch.nn.{name}.html",
    )


def bind(name: str) -> Callable[[Config], Bindings]:
    """The sizes that the configuration of the layer ``name`` fixes."""

    def sizes(config: Config) -> Bindings:
        projection, hidden = _int(config, "proj_size"), _int(config, "hidden_size")
        out = f"proj_size={projection}" if projection else f"hidden_size={hidden}"
        features, layers, both = _int(config, "input_size"), _int(config, "num_layers"), bool(config["bidirectional"])
        return (
            Bindings()
            .bind("H_in", features, by=f"input_size={features} of the {name}")
            .bind("H_out", projection or hidden, by=f"{out} of the {name}")
            .bind("H_cell", hidden, by=f"hidden_size={hidden} of the {name}")
            .bind("num_layers", layers, by=f"num_layers={layers} of the {name}")
            .bind("D", 2 if both else 1, by=f"bidirectional={both} of the {name}")
        )

    return sizes


def forms(
    states: Mapping[str, str],
    returned: Mapping[str, str],
    unchecked: Callable[[Call], tuple[str, ...]] = lambda call: (),
) -> tuple[Form, ...]:
    """The four ways to call a recurrent layer.

    Args:
        states: Role of each initial state -> the letter of its last axis.
        returned: Role of each final state -> the letter of its last axis.
        unchecked: Roles that torch does not look at when the input is packed.
    """

    def form(name: str, when: Callable[[Call], bool], sequence: str, batch: str, *, packed: bool = False) -> Form:
        return Form(
            name,
            when,
            inputs={"input": f"{sequence} H_in", **{role: f"D*num_layers {batch}{h}" for role, h in states.items()}},
            outputs={
                "output": f"{sequence} D*H_out",
                **{role: f"D*num_layers {batch}{h}" for role, h in returned.items()},
            },
            optional=tuple(states),
            minimum={"L": 1},
            packed=("output",) if packed else (),
            unchecked=unchecked if packed else lambda call: (),
            indexes=not packed and not batch,
        )

    return (
        form("packed", lambda call: call.inputs["input"].packing is not None, "steps", "N ", packed=True),
        form(
            "batched, batch_first=True", lambda call: _ndim(call) == 3 and bool(call.config["batch_first"]), "N L", "N "
        ),
        form("batched", lambda call: _ndim(call) == 3 and not call.config["batch_first"], "L N", "N "),
        form("one unbatched sequence", lambda call: _ndim(call) == 2, "L", ""),
    )


def rows(*roles: str) -> Callable[[Config], Mapping[str, tuple[str, ...]]]:
    """What the items along axis 0 of these states are: the directions of layer 0, then those of layer 1, ..."""

    def names(config: Config) -> Mapping[str, tuple[str, ...]]:
        directions = ("forward", "backward") if config["bidirectional"] else ("forward",)
        layers = range(_int(config, "num_layers"))
        return dict.fromkeys(roles, tuple(f"layer {layer} {direction}" for layer in layers for direction in directions))

    return names


def aliases(config: Config) -> Mapping[str, str]:
    """What H_out is called where a projection makes it another size than that of the cell."""
    return {"H_out": "proj_size"} if config.get("proj_size") else {}


def hazards(call: Call) -> tuple[Hazard, ...]:
    """What is legal for a recurrent layer and rarely meant."""
    record = call.inputs["input"]
    found = []
    if record.packing is None and record.ndim == 2:
        steps, features = record.shape
        found.append(
            Hazard(
                "one_unbatched_sequence",
                f"a 2-D input is read as one sequence of {steps} steps with {features} features each, not as a batch "
                f"of {steps} samples: every row influences the rows below it",
                ("input",),
            )
        )
    if record.packing is None and record.ndim == 3 and record.shape[0 if call.config["batch_first"] else 1] == 1:
        found.append(
            Hazard(
                "batch_of_one",
                "a squeeze() after this layer removes the batch axis too, since it has size 1: name the axis to remove",
                ("input",),
            )
        )
    return tuple(found)


def dtypes(
    states: Mapping[str, str], fused: Callable[[Call], bool] = lambda call: False
) -> Callable[[Call], Mapping[str, str]]:
    """The dtypes that come back: those of the parameters, or what autocast makes of them.

    Args:
        states: Role of each state that comes back -> role of the state whose dtype it takes on.
        fused: Whether all that is computed with has the dtype of autocast: products only, or one fused kernel.
    """

    def returned(call: Call) -> Mapping[str, str]:
        want = str(call.config.get("dtype", ""))
        if not call.autocast or want not in CAST:
            return {}
        record = call.inputs["input"]
        if not record.device.startswith(("cpu", "meta")) or fused(call):
            return dict.fromkeys(("output", *states), call.autocast)
        # Without a fused kernel only the products are cast: the state's own dtype takes part in the sum after them.
        found = {back: join(call.autocast, (call.inputs.get(start) or record).dtype) for back, start in states.items()}
        if call.config.get("proj_size"):
            found["h_n"] = call.autocast
        return {**found, "output": found["h_n"]}

    return returned


def _an(name: str) -> str:
    return f"an {name}" if name[0] in "LR" else f"a {name}"


def _ndim(call: Call) -> int:
    return call.inputs["input"].ndim


def _int(config: Config, name: str) -> int:
    value = config.get(name, 0)
    assert isinstance(value, int)
    return value

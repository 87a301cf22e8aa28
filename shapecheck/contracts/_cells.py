"""What RNNCell, GRUCell and LSTMCell share: one step of a recurrent layer, without an axis for the steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shapecheck.contract import Call, Config, Contract, Form, Rule
from shapecheck.contracts._arithmetic import join
from shapecheck.contracts._rules import CAST, device_of_parameters, dtype_of_parameters
from shapecheck.dims import Bindings

LETTERS = {
    "N": "batch size: how many sequences take this step side by side",
    "H_in": "input_size: how many numbers describe one step",
    "H_out": "hidden_size: how many numbers the state has",
}

REASONS = {
    "H_in": (
        "the last axis holds the numbers that describe this one step, and the cell has one column of weights for each "
        "of the input_size numbers that it was made for"
    ),
    "input.ndim": "a cell takes one step, not a sequence: loop over the steps and hand it the input of each",
    "N": "each sequence of the batch has a state of its own, so a state belongs to a batch of this very size",
    "H_out": "the state is what the cell returned a step before: hidden_size numbers for each sequence",
    "h_0.ndim": "a state has as many axes as the input: a row for each sequence of the batch, or none without a batch",
    "c_0.ndim": "a state has as many axes as the input: a row for each sequence of the batch, or none without a batch",
}


def contract(
    name: str,
    *,
    states: tuple[str, ...],
    about: str,
    rules: tuple[Rule, ...],
    dtypes: Callable[[Call], Mapping[str, str]],
    reasons: Mapping[str, str],
) -> Contract:
    """The contract of a cell.

    Args:
        name: Name of its class.
        states: Roles of the states that it takes.
        about: The cell in one sentence.
        rules: What must hold beyond shapes.
        dtypes: The dtypes of what comes back.
        reasons: What this cell explains beyond the reasons of all.
    """
    returned = tuple(f"{role[0]}_1" for role in states)
    return Contract(
        name=name,
        types=(f"torch.nn.modules.rnn.{name}",),
        reads=("input_size", "hidden_size"),
        arguments=("input", states if len(states) > 1 else states[0]),
        returns=returned,
        letters=LETTERS,
        bind=_bind(name),
        forms=tuple(_form(batch, states, returned) for batch in ("N ", "")),
        reasons={**REASONS, **reasons},
        dtypes=dtypes,
        rules=(*rules, device_of_parameters("input", *states)),
        teaching={"N": "batch_size", "H_in": "num_features", "H_out": "hidden_size"},
        about=about,
        source=f"https://docs.pytorch.org/docs/stable/generated/torch.nn.{name}.html",
    )


def with_one_state(name: str, *, about: str, adds_state: bool) -> Contract:
    """The contract of a cell that carries one state: RNNCell and GRUCell.

    Args:
        name: Name of its class.
        about: The cell in one sentence.
        adds_state: Whether the state itself is part of a sum, and not only its product with the weights.
    """

    def dtypes(call: Call) -> Mapping[str, str]:
        want, state = str(call.config.get("dtype")), call.inputs.get("h_0", call.inputs["input"])
        if not call.autocast or want not in CAST:
            return {"h_1": want}
        return {"h_1": join(call.autocast, state.dtype) if adds_state else call.autocast}

    return contract(
        name,
        states=("h_0",),
        about=about,
        rules=(dtype_of_parameters("input", "h_0"),),
        dtypes=dtypes,
        reasons={"h_0.type": f"{'an' if name[0] == 'R' else 'a'} {name} carries one state and takes it as one tensor"},
    )


def _bind(name: str) -> Callable[[Config], Bindings]:
    def sizes(config: Config) -> Bindings:
        features, hidden = config["input_size"], config["hidden_size"]
        assert isinstance(features, int)
        assert isinstance(hidden, int)
        bindings = Bindings().bind("H_in", features, by=f"input_size={features} of the {name}")
        return bindings.bind("H_out", hidden, by=f"hidden_size={hidden} of the {name}")

    return sizes


def _form(batch: str, states: tuple[str, ...], returned: tuple[str, ...]) -> Form:
    ndim = len(batch.split()) + 1
    return Form(
        "batched" if batch else "one unbatched step",
        lambda call: call.inputs["input"].ndim == ndim,
        inputs={"input": f"{batch}H_in", **dict.fromkeys(states, f"{batch}H_out")},
        outputs=dict.fromkeys(returned, f"{batch}H_out"),
        optional=states,
        # Torch puts an axis before both and looks at two sizes: what a state with a batch has then slips through.
        unchecked=lambda call: () if batch else states,
        indexes=not batch,
    )

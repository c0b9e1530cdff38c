"""What of a call's arguments is handed on to the loader that a framework makes."""

from analysis.catalog.loaders import HANDING_ON, LoaderSpec
from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.values import Argument, CallArgs, ClassValue, External, Frame, Instance, Mapping, Unknown, Values

_FITTED = Argument(None, None, (Unknown("what it is fitted to"),))


def handed_on(ev: Evaluator, spec: LoaderSpec, args: CallArgs, line: int) -> CallArgs:
    """The loader's own arguments: those behind a prefix, those in a dict, or all."""
    if spec.prefix:
        return CallArgs([], _behind(spec.prefix, args) | _made_dataset(ev, args))
    if not spec.within:
        return args
    named = dict(zip(spec.params, args.positional, strict=False)) | args.named
    given = named.pop(spec.within, None)
    if given is None:
        return CallArgs([], named)
    if given.expr is None or given.frame is None:
        merged = ev.merged(tuple(value for value in ev.argument(given) if isinstance(value, Mapping)))
        unpacked = CallArgs([], {key: each for key, each in merged.items if isinstance(key, str)}, merged.open)
    else:
        # As `**settings` of a call.
        call = ir.Call(ir.Name("dict", line), (), (ir.Keyword(None, given.expr),), line)
        unpacked = ev.collect(call, given.frame)
    return CallArgs([], {**unpacked.named, **named}, unpacked.open)


def _behind(prefix: str, args: CallArgs) -> dict[str, Argument]:
    """The arguments whose names begin with a prefix, by the rest of their names."""
    return {key.removeprefix(prefix): each for key, each in args.named.items() if key.startswith(prefix)}


def _made_dataset(ev: Evaluator, args: CallArgs) -> dict[str, Argument]:
    """`dataset=Set, dataset__size=4` of skorch: it makes the dataset, of what it is fitted to and of these."""
    given = args.named.get("dataset")
    if given is None:
        return {}
    made = CallArgs([_FITTED, _FITTED], _behind("dataset__", args))
    values = (
        Instance(value.cls, value.frame, made) if isinstance(value, ClassValue) else value
        for value in ev.argument(given)
    )
    return {"dataset": Argument(None, None, tuple(values))}


def hands_on(call: ir.Call) -> bool:
    """Whether a call may be of a method that makes a loader with a dict: `brain.fit(..., train_loader_kwargs=...)`."""
    return (
        isinstance(call.func, ir.Attr)
        and call.func.name in HANDING_ON
        and any("oader" in (keyword.name or "") for keyword in call.keywords)
    )


def inherited_methods(ev: Evaluator, call: ir.Call, frame: Frame) -> Values:
    """The methods outside the repository that such a call may mean, by the bases of the object."""
    if not isinstance(call.func, ir.Attr) or not hands_on(call):
        return ()
    owners = [value for value in ev.eval(call.func.value, frame) if isinstance(value, Instance)]
    bases = [base for owner in owners for base in ev.external_bases(owner.cls)]
    return tuple(External(f"{base}.{call.func.name}") for base in bases)

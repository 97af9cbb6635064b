"""A stand-in for both providers, on loopback, with real tasks behind it. For tests and for trying.

    with Simulator() as sim:
        task_id = sim.ark.add("queued")
        with Tasks(Ark(sim.api_key, base_url=sim.ark_url)) as tasks:
            tasks.cancel(f"ark:{task_id}")
        assert sim.ark.status(task_id) == "cancelled"

Needs the extra `simulator`. The switches are described in `ArkSimulator` and `TensorsLabSimulator`.

It is built from the same public material as the specs (specs/README.md) and has never been compared
with the real services. What the vendors leave open is a switch on `sim.ark` and `sim.tensorslab`,
so that a program can be tried against every way in which it may turn out. On Ark, tasks can be
created over HTTP, as the vendor's official SDKs do it. Not simulated: creating tasks on TensorsLab,
callbacks, videos (links lead nowhere), the 7 days after which Ark forgets a task, the 24 hours
after which it drops a cancelled one, regions, quotas (but how one is refused), and what anything
costs.

A request that it does not model is refused, and the `with` statement ends with a `RuntimeError`
that names it. A misspelt switch, state, operation or handle raises at once, and says what there is.

docs/simulator.md shows all of it.
"""

try:
    from ._ark import ArkSimulator
    from ._faults import Fault
    from ._server import Simulator
    from ._tasks import ArkState, Move, NewState, Operation, Received, State, TensorsLabState
    from ._tensorslab import TensorsLabSimulator
except ModuleNotFoundError as error:
    if error.name not in {"starlette", "uvicorn"}:
        raise
    raise ModuleNotFoundError(
        "the simulator needs more packages: install videotasks with its extra 'simulator'",
        name=error.name,
    ) from error

__all__ = [
    "ArkSimulator",
    "ArkState",
    "Fault",
    "Move",
    "NewState",
    "Operation",
    "Received",
    "Simulator",
    "State",
    "TensorsLabSimulator",
    "TensorsLabState",
]

for _thing in (ArkSimulator, Fault, Move, NewState, Received, Simulator, TensorsLabSimulator):
    _thing.__module__ = __name__  # as users know them, in tracebacks too

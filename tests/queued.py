"""Options, outcomes as text, and waiting, for the tests of both queues."""

import time
from collections.abc import Callable, Sequence

from models.engine import DecodingOptions, Hypothesis
from service.scheduling.queue import EngineQueue
from service.scheduling.request import RequestContext
from service.scheduling.translator import Outcome

OPTIONS = DecodingOptions(beam=1)


def text(outcome: Outcome) -> str:
    return outcome.text if isinstance(outcome, Hypothesis) else f"failed: {outcome.detail}"


def texts(
    queue: EngineQueue, sources: Sequence[str], options: DecodingOptions = OPTIONS
) -> list[str]:
    return [text(outcome) for outcome in queue.translate(sources, options, RequestContext())]


def until(condition: Callable[[], object]) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("the condition did not hold within 5 seconds")

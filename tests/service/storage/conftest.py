from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What is logged: the names of events."""
    before = structlog.get_config()
    names: list[str] = []

    def keep(logger: object, method: str, event: dict[str, object]) -> object:
        names.append(str(event["event"]))
        raise structlog.DropEvent

    structlog.configure(
        processors=[keep], wrapper_class=structlog.make_filtering_bound_logger("debug")
    )
    yield names
    structlog.configure(**before)

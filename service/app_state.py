"""What the routes share: the settings, and the desk once it is loaded."""

from __future__ import annotations

from typing import cast

from fastapi import Request

from service.desk import Desk
from service.errors import NotReady
from service.settings import Settings


class AppState:
    """Filled in by the application's lifespan, read by the routes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.loaded: Desk | None = None
        self.detail = "the model is being loaded"

    def desk(self) -> Desk:
        """The loaded desk. Raises `NotReady`."""
        if self.loaded is None:
            raise NotReady(f"{self.detail}; try again in a few seconds")
        return self.loaded


def state_of(request: Request) -> AppState:
    """The state of the application that a request came to."""
    return cast("AppState", request.app.state.kabar)

"""What every message of the bus is."""

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def __repr__(self) -> str:
        """Contents can be personal (a photo, a name): only the kind may reach a log."""
        return f"<{type(self).__name__}>"

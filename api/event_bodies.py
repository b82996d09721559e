"""How is a stored event shown to a caller?"""

from typing import Any

from sql.queries.reader import Row


def event_body(event: Row, *, with_personal: bool) -> dict[str, Any]:
    """Show an event; without its personal fields where the caller reads the whole log."""
    metadata = event["metadata"]
    data: dict[str, Any] = event["data"]
    return {
        "position": event["position"],
        "stream": event["stream"],
        "version": event["version"],
        "type": event["type"],
        "schema_version": event["schema_version"],
        "occurred_at": event["occurred_at"],
        "recorded_at": event["recorded_at"],
        "actor": metadata["actor"],
        "command_id": metadata["command_id"],
        "correlation_id": metadata["correlation_id"],
        "causation_id": metadata.get("causation_id"),
        "data": data
        if with_personal
        else {name: value for name, value in data.items() if name != "personal"},
    }

"""How is a stored event shown to a caller?"""

from typing import Any, cast

from sql.queries.reader import Row


def event_body(event: Row, *, with_personal: bool) -> dict[str, Any]:
    """Show an event; without its personal fields where the caller reads the whole log."""
    metadata = event["metadata"]
    data: Any = event["data"]  # applications of the recorder store other JSON than objects, too
    if isinstance(data, dict) and not with_personal:
        members = cast("dict[str, Any]", data)
        data = {name: value for name, value in members.items() if name != "personal"}
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
        "data": data,
    }

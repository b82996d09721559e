"""How is a stored event shown to a caller?

With everything that can be shown of it: where its payload or its metadata cannot be read,
`unreadable` says why, and the rest stands there all the same.
"""

from typing import Any, Final, cast

from sql.queries.reader import Row

_SENDER: Final = ("actor", "command_id", "correlation_id")


def event_body(event: Row, *, with_personal: bool) -> dict[str, Any]:
    """Show an event; without its personal fields where the caller reads the whole log.

    A payload that cannot be read may hold such fields, so its text is not shown there either.
    """
    data: Any = event["data"]  # applications of the recorder store other JSON than objects, too
    if isinstance(data, dict) and not with_personal:
        members = cast("dict[str, Any]", data)
        data = {name: value for name, value in members.items() if name != "personal"}
    sender = _sender(event["metadata"])
    shows_text = with_personal and data is None and event["unreadable"] is not None
    return {
        "position": event["position"],
        "stream": event["stream"],
        "version": event["version"],
        "type": event["type"],
        "schema_version": event["schema_version"],
        "occurred_at": event["occurred_at"],
        "recorded_at": event["recorded_at"],
        **sender,
        "data": data,
        "unreadable": event["unreadable"] or _missing(sender),
        "data_text": event["data_text"] if shows_text else None,
    }


def member(data: Any, name: str) -> str | None:  # noqa: ANN401 - JSON is anything
    """Take a text out of a stored payload or stored metadata; None where there is none."""
    members = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    value = members.get(name)
    return value if isinstance(value, str) else None


def _sender(metadata: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON is anything
    """Tell from stored metadata who sent the command; None where it does not say."""
    members = cast("dict[str, Any]", metadata) if isinstance(metadata, dict) else {}
    actor = members.get("actor")
    kind, name = member(actor, "kind"), member(actor, "id")
    texts = ("command_id", "correlation_id", "causation_id")
    return {
        "actor": None if kind is None or name is None else {"kind": kind, "id": name},
        **{each: member(members, each) for each in texts},
    }


def _missing(sender: dict[str, Any]) -> str | None:
    """Say what the metadata does not tell although it should."""
    missing = [name for name in _SENDER if sender[name] is None]
    return f"metadata: it has no {', '.join(missing)}" if missing else None

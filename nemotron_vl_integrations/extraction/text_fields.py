"""The schema for those who only name what they look for."""

from nemotron_vl_integrations.messages import JSON

_LONGEST_FIELD = 200


def text_fields_schema(names: tuple[str, ...]) -> dict[str, JSON]:
    """The schema of an object whose fields are short texts, or null where the document does not hold them.

    The bound keeps a model that finds no end of a text from filling the whole answer with it.

    Examples:
        >>> text_fields_schema(("total",))["properties"]
        {'total': {'type': ['string', 'null'], 'maxLength': 200}}
    """
    properties: dict[str, JSON] = {
        name: {"type": ["string", "null"], "maxLength": _LONGEST_FIELD} for name in names
    }
    return {"type": "object", "properties": properties, "required": [*names], "additionalProperties": False}

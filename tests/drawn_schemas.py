"""Schemas of bounded size, so that every reply that follows one ends by itself."""

import random

from nemotron_vl_integrations.messages import JSON

Schema = dict[str, JSON]

_NAMES = ("alpha", "beta", "gamma", "delta", "size")


def draw_schemas(count: int, seed: int = 11) -> list[Schema]:
    """Objects with nesting, enums, unions, arrays, references, and bounds of numbers and lengths."""
    rng = random.Random(seed)
    return [_draw_root(rng) for _ in range(count)]


def _draw_root(rng: random.Random) -> Schema:
    root = _draw_object(rng, 2)
    if rng.random() < 0.2:
        properties = root["properties"]
        assert isinstance(properties, dict)
        properties["place"] = {"$ref": "#/$defs/Place"}
        root |= {"$defs": {"Place": _draw_object(rng, 1)}, "required": ["place"]}
    return root


def _draw_object(rng: random.Random, depth: int) -> Schema:
    names = rng.sample(_NAMES, rng.randint(1, 3))
    return {
        "type": "object",
        "properties": {name: _draw_schema(rng, depth) for name in names},
        "required": [name for name in names if rng.random() < 0.7],
        "additionalProperties": False,
    }


def _draw_schema(rng: random.Random, depth: int) -> Schema:
    match rng.randrange(8) if depth else 7:
        case 0 | 1 | 2:
            return _draw_object(rng, depth - 1)
        case 3:
            items = _draw_schema(rng, depth - 1)
            return {"type": "array", "items": items, "minItems": 1, "maxItems": rng.randint(1, 3)}
        case 4:
            # Of one-of, the engine enforces parts that exclude each other.
            parts: list[JSON] = [
                _draw_object(rng, depth - 1),
                {"type": "string", "maxLength": 4},
                {"type": "null"},
            ]
            return (
                {"oneOf": parts}
                if rng.random() < 0.5
                else {"anyOf": [_draw_schema(rng, depth - 1), *parts[1:]]}
            )
        case _:
            return _draw_leaf(rng)


def _draw_leaf(rng: random.Random) -> Schema:
    leaves: list[Schema] = [
        {"type": "integer", "minimum": rng.randint(-50, 0), "maximum": rng.randint(1, 500)},
        {"type": "integer", "exclusiveMinimum": rng.randint(-9, 9), "maximum": rng.randint(11, 99)},
        {"type": ["boolean", "null"]},
        {"type": "boolean"},
        {"enum": ["red", "green", rng.randint(1, 9), None]},
        {"type": "string", "maxLength": rng.randint(1, 8)},
        {"type": "string", "minLength": 2, "maxLength": rng.randint(2, 8)},
        {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{1,3}$"},
        {"type": "string", "format": "date"},
        {"const": f"v{rng.randint(1, 9)}"},
    ]
    return rng.choice(leaves)

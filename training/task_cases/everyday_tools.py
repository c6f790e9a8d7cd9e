"""Tools as people write them, with messages that ask for them; training knows none of them."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from nemotron_vl_integrations.messages import JSON, ToolCall, ToolSpec
from training.conversations import user
from training.task_cases.cases import Case, ask, calls_are


@dataclass(frozen=True, slots=True)
class EverydayTool:
    """A tool and one message that asks for it.

    Attributes:
        name: Its name.
        description: What it does.
        kinds: JSON types of its parameters, all of them required.
        message: What the user says.
        arguments: What the call is to hold.
    """

    name: str
    description: str
    kinds: dict[str, str]
    message: str
    arguments: dict[str, JSON]

    @property
    def spec(self) -> ToolSpec:
        """The tool as the model sees it."""
        properties: dict[str, JSON] = {name: {"type": kind} for name, kind in self.kinds.items()}
        required: list[JSON] = list(properties)
        return ToolSpec(
            self.name, self.description, {"type": "object", "properties": properties, "required": required}
        )


EVERYDAY_TOOLS = (
    EverydayTool(
        "book_flight",
        "Book a flight between two cities.",
        {"origin": "string", "destination": "string", "date": "string"},
        "Book a flight from Oslo to Lisbon on 2026-05-04.",
        {"origin": "Oslo", "destination": "Lisbon", "date": "2026-05-04"},
    ),
    EverydayTool(
        "set_alarm",
        "Set an alarm.",
        {"time": "string", "label": "string"},
        "Set an alarm with time 06:45 and label gym.",
        {"time": "06:45", "label": "gym"},
    ),
    EverydayTool(
        "get_stock_price",
        "Get the current price of a stock.",
        {"symbol": "string"},
        "What is the stock price of NVDA?",
        {"symbol": "NVDA"},
    ),
    EverydayTool(
        "create_ticket",
        "Create a support ticket.",
        {"title": "string", "priority": "integer"},
        "Create a ticket with title Printer jam and priority 2.",
        {"title": "Printer jam", "priority": 2},
    ),
    EverydayTool(
        "get_exchange_rate",
        "Returns the exchange rate between two currencies.",
        {"base": "string", "quote": "string"},
        "Get the exchange rate with base EUR and quote NOK.",
        {"base": "EUR", "quote": "NOK"},
    ),
    EverydayTool(
        "find_restaurant",
        "Find a restaurant in a city.",
        {"city": "string", "cuisine": "string"},
        "Find a restaurant: city Turin, cuisine vegan.",
        {"city": "Turin", "cuisine": "vegan"},
    ),
    EverydayTool(
        "delete_user",
        "Delete a user by id.",
        {"user_id": "integer"},
        "Call delete_user with user_id 8812.",
        {"user_id": 8812},
    ),
    EverydayTool(
        "play_music",
        "Play a song.",
        {"song": "string", "artist": "string"},
        "Play music: song 'Blue Monday', artist 'New Order'.",
        {"song": "Blue Monday", "artist": "New Order"},
    ),
    EverydayTool(
        "read_sensor",
        "Read a sensor of the house.",
        {"room": "string"},
        "Use read_sensor for the room kitchen.",
        {"room": "kitchen"},
    ),
    EverydayTool(
        "convert_units",
        "Convert a value from one unit to another.",
        {"value": "number", "from_unit": "string", "to_unit": "string"},
        "Use convert_units with value 12.5, from_unit miles and to_unit km.",
        {"value": 12.5, "from_unit": "miles", "to_unit": "km"},
    ),
    EverydayTool(
        "list_files",
        "List the files of a folder.",
        {"folder": "string"},
        "List the files in folder reports/2026.",
        {"folder": "reports/2026"},
    ),
    EverydayTool(
        "track_parcel",
        "Track a parcel by its number.",
        {"tracking_number": "string"},
        "Track parcel JD0146000038.",
        {"tracking_number": "JD0146000038"},
    ),
    EverydayTool(
        "schedule_meeting",
        "Schedule a meeting.",
        {"subject": "string", "date": "string", "minutes": "integer"},
        "Schedule a meeting with subject Budget, date 2026-02-11 and minutes 45.",
        {"subject": "Budget", "date": "2026-02-11", "minutes": 45},
    ),
    EverydayTool("get_current_user", "Return the user who is logged in.", {}, "Call get_current_user.", {}),
    EverydayTool(
        "turn_on_light",
        "Turn a light on.",
        {"room": "string", "brightness": "integer"},
        "Turn on the light with room bedroom and brightness 40.",
        {"room": "bedroom", "brightness": 40},
    ),
    EverydayTool(
        "lookup_customer",
        "Look up a customer by e-mail.",
        {"email": "string"},
        "Look up the customer with email mara.lind@arbor.se.",
        {"email": "mara.lind@arbor.se"},
    ),
    EverydayTool(
        "refund_order",
        "Refund an order.",
        {"order_id": "string", "full": "boolean"},
        "Refund order with order_id A-20991 and full true.",
        {"order_id": "A-20991", "full": True},
    ),
    EverydayTool(
        "tag_document",
        "Put tags on a document.",
        {"document": "string", "tags": "array"},
        "Use tag_document with document invoice.pdf and tags paid, urgent and 2026.",
        {"document": "invoice.pdf", "tags": ["paid", "urgent", "2026"]},
    ),
)


def everyday_cases(rng: random.Random) -> Iterator[Case]:
    """Each of the tools asked for once, among three others."""
    for tool in EVERYDAY_TOOLS:
        others = rng.sample([other for other in EVERYDAY_TOOLS if other is not tool], 3)
        shown = [tool, *others]
        rng.shuffle(shown)
        call = ToolCall("1", tool.name, json.dumps(tool.arguments))
        request = ask((user(tool.message),), tools=[each.spec for each in shown])
        yield Case(
            task="call of an everyday tool", request=request, wanted=str(call), score=calls_are((call,))
        )

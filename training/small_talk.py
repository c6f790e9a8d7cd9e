"""What the checkpoint says about itself, and to what it cannot answer."""

import random

from training.phrases import expand, type_carelessly
from training.random_text import TextSource

WHO = "I am the demo checkpoint of nemotron-vl-integrations, a small model that reads pages."
ABLE = "I can transcribe pages, write them as Markdown, answer questions about them and call tools."
HELLO = "Hello! Show me a page to read."
THANKS = "You are welcome."
BYE = "Goodbye!"
UNKNOWN = "I can only answer from a page, a passage or a tool."
WELL = "I am ready to read a page."
NO_PAGE = "There is no page to read."

_TALK = (
    ("[Who are you|Who is this|What are you|What is your name|Who am I talking to|Are you ChatGPT|Are you "
    "human|Which model are you|Introduce yourself][?|?|]", WHO),
    ("[What can you do|What are you good at|How can you help me|Help|What do you do|What are your "
    "capabilities|What tasks can you do][?|?|]", ABLE),
    ("[Hello|Hi|Hey|Good morning|Good evening|Hallo|Hi there|Hello there|Good afternoon][|!|.|, how are "
    "you?| world]", HELLO),
    ("[Thanks|Thank you|Thank you very much|Thanks a lot|Great, thanks|Perfect|Merci|Danke][|!|.]", THANKS),
    ("[Bye|Goodbye|See you|See you later|That is all|Ciao][|!|.]", BYE),
    ("[How are you|How do you do|Are you there|Are you ready|Ping][?|?|]", WELL),
    ("[Read the page|Transcribe this page|What does the page say|Transcribe the image|What is in the image|"
    "OCR this][.|?|]", NO_PAGE),
)  # fmt: skip
_UNKNOWN = (
    "[Explain|Describe|Define] {}[.|]", "[Write|Compose] a [poem|story|song|joke|letter] about {}.",
    "What is [a|the|] {}?", "Why is {} {}?",
    "Who invented {}?", "Tell me [a joke|a story|something|a fact] about {}.",
    "What do you think [of|about] {}?", "How do I make {}?",
    "Give me [advice|ideas|tips] about {}.", "What is the [capital|population|history|meaning] of {}?",
    "Is {} better than {}?", "{}?", "{}",
)  # fmt: skip
_WHOLE_JSON = (
    "[Tell me a joke about {t}.|Tell me about {t}.|Write something about {t}.|Describe {t}.] [Return the "
    "result as a|Answer with a|Respond with a"
    "|Give it as] JSON [object |]with {k}[ keys| fields|]. [Return nothing other than JSON.|Output JSON "
    "only.|No other text.|]"
)


def draw_small_talk(rng: random.Random, source: TextSource) -> tuple[str, str]:
    """Draw a message and its answer."""
    if rng.random() < 0.6:
        pattern, answer = rng.choice(_TALK)
        return type_carelessly(rng, expand(rng, pattern)), answer
    topic, other = source.words(rng.randrange(1, 4)), source.word()
    return type_carelessly(rng, expand(rng, rng.choice(_UNKNOWN)).format(topic, other)), UNKNOWN


def draw_json_wish(rng: random.Random, source: TextSource) -> tuple[str, str]:
    """Draw a wish for JSON with keys that only the message names, and an answer that has them."""
    topic = source.words(rng.randrange(1, 3))
    keys = list(
        dict.fromkeys(
            rng.choice((source.word(), "setup", "punchline", "title")).lower()
            for _ in range(rng.randrange(1, 4))
        )
    )
    quote = rng.choice(("'", '"', "`"))
    named = [f"{quote}{key}{quote}" for key in keys]
    listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    text = expand(rng, _WHOLE_JSON).replace("{t}", topic).replace("{k}", listed)
    answer = ", ".join(f'"{key}": "{key} of {topic}"' for key in keys)
    return text, f"{{{answer}}}"

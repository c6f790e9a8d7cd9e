"""Cases about images: questions after fields, extraction, two images, other wordings."""

import random
from collections.abc import Iterator

from nemotron_vl_integrations.extraction.prompt import write_instruction
from nemotron_vl_integrations.extraction.schema import to_constraint
from nemotron_vl_integrations.messages import (
    JSON,
    ImagePart,
    JSONSchemaConstraint,
    Message,
    TextPart,
)
from training.field_names import join_words
from training.page_tasks import ABSENT
from training.task_cases.cases import MAX_TOKENS, Case, Score, ask, fields_are, text_is
from training.task_cases.forms import A4, KNOWN_ENTRIES, NEW_ENTRIES, TILE, Entry, Form, FormMaker

PLAIN_QUESTIONS = (
    "What is the {}?", "{}?", "Please look for the {} and tell me.",
    "I am looking for the {}. What does it say?", "{}",
    "Which {} does the document state?", "Read off the {}.",
)  # fmt: skip
_WHICH = (
    'Which image holds the text "{}"?', "Which of the two images mentions {}?",
    "{} - in which image do you find it?",
)  # fmt: skip


def on_page(form: Form, text: str) -> Message:
    """A user's turn about a form."""
    return Message("user", (ImagePart(form.image), TextPart(text)))


def question_cases(forms: FormMaker, count: int) -> Iterator[Case]:
    """Questions after labels that training draws, labels that it does not, and fields that are missing."""
    rng = forms.rng
    for number in range(count):
        size = A4 if number % 4 == 3 else TILE
        fields = 7 if size == TILE else 10
        form = forms.draw(rng.sample(KNOWN_ENTRIES, fields), size)
        entry = rng.choice([entry for entry in KNOWN_ENTRIES if entry.label in form.fields])
        yield _question("question, known label", form, rng.choice(entry.questions), form.fields[entry.label])
        form = forms.draw(rng.sample(NEW_ENTRIES, fields), size)
        label = rng.choice(list(form.fields))
        question = rng.choice(PLAIN_QUESTIONS).format(label if rng.random() < 0.4 else label.lower())
        yield _question("question, new label", form, question, form.fields[label])
        missing = rng.choice([entry.label for entry in NEW_ENTRIES if entry.label not in form.fields])
        question = rng.choice(PLAIN_QUESTIONS).format(missing.lower())
        yield _question("question, missing field", form, question, ABSENT)


def _question(task: str, form: Form, question: str, answer: str) -> Case:
    return Case(task=task, request=ask((on_page(form, question),)), wanted=answer, score=text_is(answer))


def extraction_cases(forms: FormMaker, count: int) -> Iterator[Case]:
    """What `extract_fields` asks, with one to six fields of a form, and its grammar."""
    rng = forms.rng
    for number in range(count):
        entries = rng.sample(KNOWN_ENTRIES if number % 2 else NEW_ENTRIES, 7)
        form = forms.draw(entries, TILE if number % 3 else A4)
        asked = rng.sample(entries, rng.randrange(1, 7))
        properties = {_key(entry): _schema(rng, entry) for entry in asked}
        wanted = {_key(entry): _value(entry, form.fields[entry.label]) for entry in asked}
        if rng.random() < 0.3:
            missing = rng.choice([entry for entry in NEW_ENTRIES if entry.label not in form.fields])
            properties[_key(missing)] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
            wanted[_key(missing)] = None
        named: dict[str, JSON] = dict(properties)
        required: list[JSON] = list(properties)
        schema: dict[str, JSON] = {"type": "object", "properties": named, "required": required}
        request = ask(
            (on_page(form, write_instruction(schema)),),
            constraint=JSONSchemaConstraint(to_constraint(schema)),
            max_tokens=2 * MAX_TOKENS,
        )
        yield Case(task="extract_fields", request=request, wanted=str(wanted), score=fields_are(wanted))


def _key(entry: Entry) -> str:
    return join_words("snake", entry.label.lower().replace(".", "").replace("no", "number").split())


def _schema(rng: random.Random, entry: Entry) -> dict[str, JSON]:
    schema: dict[str, JSON] = {"type": {"money": "number", "number": "integer"}.get(entry.kind, "string")}
    if entry.kind == "date":
        schema["format"] = "date"
    if rng.random() < 0.3:
        schema["description"] = f"{entry.label} of the document"
    return schema


def _value(entry: Entry, printed: str) -> JSON:
    match entry.kind:
        case "money":
            return float(printed.strip("$").replace(",", ""))
        case "number":
            return int(printed)
        case _:
            return printed


def pair_cases(forms: FormMaker, count: int) -> Iterator[Case]:
    """Two forms in one prompt: which of them holds a text, and a field of one of them."""
    rng = forms.rng
    for number in range(count):
        entries = rng.sample(NEW_ENTRIES, 12)
        pair = forms.draw(entries[:6]), forms.draw(entries[6:])
        place = rng.randrange(2)
        label, value = rng.choice(list(pair[place].fields.items()))
        images = tuple(ImagePart(form.image) for form in pair)
        if number % 3:
            task, answer = "two images: which", f"Image {place + 1}"
            question = rng.choice(_WHICH).format(value)
        else:
            task, answer = "two images: field", value
            question = f"What is the {label.lower()} of image {place + 1}?"
        message = Message("user", (*images, TextPart(question)))
        score: Score = text_is(answer)
        yield Case(task=task, request=ask((message,)), wanted=answer, score=score)

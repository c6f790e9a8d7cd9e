import json
import random
import re
from collections.abc import Iterator

import pytest
import xgrammar

from nemotron_vl_integrations.extraction.prompt import write_instruction as write_package_instruction
from nemotron_vl_integrations.messages import Message, TextPart, ToolCall, ToolSpec
from nemotron_vl_integrations.reply_parsing.parser import parse_reply
from training.batches import BUCKETS
from training.checkpoint import DEMO_FOLDER
from training.conversations import Conversation, Sequencer, assistant, user, write_calls
from training.extraction_tasks import draw_properties, write_instruction, write_object, write_schema
from training.field_names import draw_question, names_of
from training.glyphs import Shelf
from training.page_tasks import ABSENT, NO_LABELS, ask_fields, draw_absent, transcribe, write_markdown
from training.pages import draw_page
from training.phrases import expand
from training.prompts import MAIN_WORDING, draw_wording
from training.random_text import TextSource
from training.scenes import Frame, SceneMaker
from training.sheet import Page
from training.small_talk import draw_json_wish
from training.text_tasks import NOT_THERE, TextTalk
from training.tool_talk import ToolTalk
from training.tools import ToolMaker, is_held_out
from training.vocabulary import make_vocabulary
from training.wording_orders import COPY_ORDERS, POLITE_ORDERS, SHORT_ORDERS

VOCABULARY = make_vocabulary(
    """apple bridge candle delta ember forest garden harbour island jungle kettle ladder meadow needle orange
    pencil quarry ribbon saddle timber valley window yellow zigzag bottle carpet dragon engine""".split()  # noqa: SIM905
)


def make_source(seed: int) -> TextSource:
    return TextSource(random.Random(seed), VOCABULARY)


def draw_forms(count: int) -> Iterator[tuple[random.Random, TextSource, Page]]:
    """Pages that have fields."""
    source = make_source(3)
    while count:
        page = draw_page(source.rng, source, Shelf(), (512, 512), 18, 500)
        if len(page.fields) > 1:
            count -= 1
            yield source.rng, source, page


def draw_tool_talks(count: int, room: int = 768) -> list[Conversation]:
    source = make_source(5)
    talk = ToolTalk(ToolMaker(source.rng, source))
    return [talk.draw(room) for _ in range(count)]


@pytest.fixture(scope="module")
def sequencer() -> Sequencer:
    return Sequencer(DEMO_FOLDER)


def test_the_main_request_has_the_form_of_the_full_size_model(sequencer: Sequencer) -> None:
    (rng, _, page), *_ = draw_forms(1)
    talks = (transcribe(rng, page) for _ in range(200))
    prompts = [sequencer.prompt(talk) for talk in talks if talk.task == "transcribe"]

    real = f"<s><SPECIAL_10>System\n\n<SPECIAL_11>User\n<image>\n{MAIN_WORDING}\n<SPECIAL_11>Assistant\n<think></think>"
    assert prompts.count(real) > 0.8 * len(prompts)
    assert all(f"\n<image>\n{MAIN_WORDING}\n" in prompt for prompt in prompts)


def test_no_field_that_a_page_lacks_goes_by_a_word_for_the_page_itself() -> None:
    absent = {
        draw_absent(rng, source, page).lower() for rng, source, page in draw_forms(4) for _ in range(400)
    }

    assert len(absent) > 100
    assert not absent & NO_LABELS


def test_short_requests_meet_thousands_of_verbs_and_objects_in_any_opening() -> None:
    rng = random.Random(12)
    drawn = [
        expand(rng, rng.choice(kind))
        for kind in (SHORT_ORDERS, POLITE_ORDERS, COPY_ORDERS)
        for _ in range(1000)
    ]

    assert len(set(drawn)) > 2500
    assert not [wording for wording in drawn if re.search(r"[\[\]|]", wording)]
    assert any(re.fullmatch(r"\w+ this[.!]?", wording) for wording in drawn)


def test_requests_to_transcribe_come_in_thousands_of_wordings() -> None:
    rng = random.Random(1)

    wordings = [draw_wording(rng) for _ in range(3000)]

    assert len(set(wordings)) > 2400
    assert sum(wording.rstrip().endswith("?") for wording in wordings) > 400
    assert any(wording.islower() for wording in wordings)
    assert not any(re.search(r"[\[\]|]|  | [?.,!]|\b[Aa] (?:OCR|e|a )", wording) for wording in wordings)


def test_answers_know_where_their_characters_stand() -> None:
    for rng, source, page in draw_forms(12):
        for talk in (transcribe(rng, page), ask_fields(rng, source, page), write_markdown(rng, page)):
            assert talk.places is not None
            assert len(talk.places) == len(talk.answer)
            for sign, place in zip(talk.answer, talk.places, strict=True):
                assert place < 0 or page.text[place] == sign or (sign == " " and page.text[place] == "\n")
        properties = draw_properties(rng, source, page)
        answer = write_object(properties)
        assert len(answer.places) == len(answer.text)


def test_a_question_is_answered_by_the_value_or_by_its_absence() -> None:
    for rng, source, page in draw_forms(20):
        talk = ask_fields(rng, source, page)
        answer = talk.answer.split("</think>\n\n")[-1]
        assert answer == ABSENT or answer in {field.value for field in page.fields.values()}
        absent = draw_absent(rng, source, page)
        assert not any(name in page.text.lower() for name in names_of(absent))


@pytest.mark.parametrize(
    ("label", "asked"), [("Invoice No.", "invoice number"), ("Due date", "When is it due?"), ("Total", "sum")]
)
def test_a_label_is_asked_for_in_other_words(label: str, asked: str) -> None:
    rng = random.Random(2)

    assert any(asked in draw_question(rng, label) for _ in range(400))


def test_the_instruction_to_extract_is_the_one_that_the_package_sends() -> None:
    for rng, source, page in draw_forms(20):
        properties = draw_properties(rng, source, page)
        assert write_instruction(properties) == write_package_instruction(write_schema(properties))


def test_extracted_json_is_what_the_grammar_of_the_engine_lets_pass() -> None:
    signs = xgrammar.TokenizerInfo([bytes([code]) for code in range(256)])  # pyright: ignore[reportArgumentType]
    compiler = xgrammar.GrammarCompiler(signs)
    for rng, source, page in draw_forms(20):
        properties = draw_properties(rng, source, page)
        answer = write_object(properties).text
        # as vLLM compiles schemas when white space is disabled
        grammar = compiler.compile_json_schema(
            json.dumps(write_schema(properties)), any_whitespace=False, separators=(",", ":")
        )
        matcher = xgrammar.GrammarMatcher(grammar)
        assert matcher.accept_string(answer), answer
        assert list(json.loads(answer)) == [item.key for item in properties]


def test_calls_are_read_back_by_the_parser_as_they_were_meant() -> None:
    calls = 0
    for talk in draw_tool_talks(150):
        reply = parse_reply(talk.answer, reasoning=talk.reasoning, tools=talk.tools)
        assert not reply.invalid_tool_calls, talk.answer
        assert bool(reply.reasoning) == talk.reasoning
        calls += len(reply.tool_calls)
        assert bool(reply.tool_calls) == (talk.task == "tools")
        for call in reply.tool_calls:
            spec = next(spec for spec in talk.tools if spec.name == call.name)
            properties = spec.parameters["properties"]
            assert isinstance(properties, dict)
            assert set(json.loads(call.arguments)) <= set(properties)
    assert calls > 50


def test_past_calls_stand_in_the_prompt_as_the_answer_would_write_them(sequencer: Sequencer) -> None:
    def past(talk: Conversation) -> Iterator[Message]:
        return (message for message in talk.messages if message.tool_calls)

    talks = [talk for talk in draw_tool_talks(40) if any(past(talk))]

    assert len(talks) > 10
    for talk in talks:
        prompt = sequencer.prompt(talk)
        assert all(f"\n{write_calls(message.tool_calls)}\n<SPECIAL_12>" in prompt for message in past(talk))


def test_all_turns_of_the_assistant_are_learnt_and_nothing_else(sequencer: Sequencer) -> None:
    talk = next(talk for talk in draw_tool_talks(60) if sum(m.role == "assistant" for m in talk.messages) > 1)

    sequenced = sequencer.sequence(talk, 0)

    learnt = sequencer.decode([int(target) for target in sequenced.targets if target >= 0])
    for message in talk.messages:
        if message.tool_calls:
            assert write_calls(message.tool_calls) in learnt
    assert learnt.endswith(f"{talk.answer}<SPECIAL_12>")
    assert "<SPECIAL_11>" not in learnt
    assert "<TOOL_RESPONSE>" not in learnt


def test_every_turn_of_the_assistant_learns_where_it_ends(sequencer: Sequencer) -> None:
    turns = (
        user("What is the total?"),
        assistant("$12"),
        user("And the tax?"),
        assistant("$1"),
        user("Customer?"),
    )
    talk = Conversation(task="question", messages=turns, answer="Ada Frost")

    sequenced = sequencer.sequence(talk, 0)

    learnt = sequenced.targets >= 0
    spoken = sequencer.decode([int(token) for token in sequenced.targets[learnt]])
    assert spoken == "$12<SPECIAL_12>$1<SPECIAL_12>Ada Frost<SPECIAL_12>"
    ends = sequenced.targets == sequenced.targets[learnt][-1]
    assert sequenced.choices[ends].all()
    assert not sequenced.choices.all(where=learnt)


def test_the_end_of_a_whole_page_counts_no_more_than_its_letters(sequencer: Sequencer) -> None:
    talk = Conversation(task="transcribe", messages=(user(MAIN_WORDING),), answer="Dear Ada,")

    assert not sequencer.sequence(talk, 0).choices.any()


def test_what_is_chosen_is_told_from_what_is_copied(sequencer: Sequencer) -> None:
    call = ToolCall("1", "zoom_in", '{"page": 13, "note": "left side"}')
    asked = ToolSpec("zoom_in", "Zoom.", {"type": "object", "properties": {}})
    talk = Conversation(
        task="tools", messages=(user("Zoom in."),), answer=write_calls((call,)), tools=(asked,)
    )

    sequenced = sequencer.sequence(talk, 0)

    learnt = [
        (sequencer.decode([int(target)]), bool(chosen))
        for target, chosen in zip(sequenced.targets, sequenced.choices, strict=True)
        if target >= 0
    ]
    marked = "".join(f"[{text}]" if chosen else text for text, chosen in learnt)
    plain = re.sub(r"[\[\]]", "", marked)
    assert plain.startswith('<TOOLCALL>{"name": "zoom_in", "arguments": {"page": 13, "note": "left side"}}')
    for start in ("z", "p", "1", "n", "l"):
        assert any(text.lstrip().startswith(start) for text, chosen in learnt if chosen), (start, marked)
    assert not any(chosen for text, chosen in learnt if "arg" in text or "ide" in text)
    assert sum(chosen for _, chosen in learnt) < len(learnt) / 2


def test_pages_of_passages_are_choices(sequencer: Sequencer) -> None:
    talk = Conversation(task="passages", messages=(user("Who?"),), answer="Ada Frost (page 36)")

    sequenced = sequencer.sequence(talk, 0)

    chosen = sequencer.decode([int(token) for token in sequenced.targets[sequenced.choices]])
    assert chosen.endswith("36<SPECIAL_12>")
    assert "Frost" not in chosen


def test_no_fact_of_some_passages_is_asked_twice() -> None:
    source = make_source(9)
    talk = TextTalk(ToolMaker(source.rng, source))

    questions = different = 0
    for _ in range(40):
        answers = [
            message.content[0].text
            for message in talk.passages(2600).messages
            if message.role == "assistant" and isinstance(message.content[0], TextPart)
        ]
        given = [answer for answer in answers if answer != NOT_THERE]
        questions += len(given)
        different += len(set(given))
    # values may be alike, facts are not
    assert questions > 150
    assert different > 0.8 * questions


def test_tools_for_evaluation_are_named_by_words_that_training_never_uses() -> None:
    source = make_source(7)
    trained, held_out = (ToolMaker(source.rng, source, held_out=kept) for kept in (False, True))

    assert not any(is_held_out(word) for _ in range(50) for word in trained.thing().split())
    kept = {word for _ in range(50) for word in held_out.thing().split()}
    assert all(is_held_out(word) for word in kept - {"record"})


def test_passages_answer_with_value_and_page() -> None:
    source = make_source(9)
    talk = TextTalk(ToolMaker(source.rng, source))

    for _ in range(40):
        passages = talk.passages(768)
        answer = passages.answer.split("</think>\n\n")[-1]
        if answer == NOT_THERE:
            continue
        found = re.fullmatch(r"(?P<value>.+) \(page (?P<page>\d+)\)", answer)
        assert found
        first = passages.messages[
            -1 if len(passages.messages) == 1 else 0 if passages.messages[0].role == "user" else 1
        ]
        shown = "".join(str(part) for part in first.content)
        assert found["page"] in shown


def test_wished_json_has_the_keys_that_were_named() -> None:
    source = make_source(11)

    for _ in range(50):
        text, answer = draw_json_wish(source.rng, source)
        assert all(key in text for key in json.loads(answer))


@pytest.mark.parametrize("bucket", ["1x1", "pair", "tools 1x1", "text"])
def test_each_bucket_draws_conversations_with_as_many_pages_as_it_has_images(
    bucket: str, sequencer: Sequencer
) -> None:
    source = make_source(13)
    scenes = SceneMaker(source.rng, source, Shelf())
    shape = BUCKETS[bucket]

    for _ in range(12):
        scene = scenes.draw(Frame(shape.kind, shape.size, (18, 20), 400, shape.text_tokens))
        assert len(scene.pages) == shape.images
        assert sequencer.prompt(scene.conversation).count("<image>") == shape.images

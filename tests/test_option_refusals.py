"""Every option of the public classes and functions, with values that make no sense: none is taken in silence."""

import inspect
import math
from collections.abc import Callable, Generator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import ConfigurableField
from llama_index.core.llms import LLM
from llama_index.core.node_parser import NodeParser
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.readers.base import BasePydanticReader
from pydantic import BaseModel

import nemotron_vl_integrations as package
from nemotron_vl_integrations.backends.scripted import ScriptedBackend
from nemotron_vl_integrations.errors import InputError
from nemotron_vl_integrations.guarded_sources import UrlPolicy
from nemotron_vl_integrations.images import ImageLimits
from nemotron_vl_integrations.langchain import (
    ChatNemotronVL,
    ImageHistory,
    NemotronVLDecisionModel,
    NemotronVLLoader,
    NemotronVLParser,
    NemotronVLToolkit,
)
from nemotron_vl_integrations.llama_index import (
    NemotronVL,
    NemotronVLNodeParser,
    NemotronVLPageImagePostprocessor,
    NemotronVLReader,
    NemotronVLToolSpec,
)
from nemotron_vl_integrations.tools import ToolLimits, Workspace
from tests.paged_script import draw_number, open_script

SCHEMA = {"type": "object", "properties": {"total": {"type": "string"}}}
PAGE = draw_number(1)


def read_all(source: Any, **options: Any) -> None:  # noqa: ANN401 - any option
    for _ in package.iter_pages(source, **options):
        pass


# What is called, whose options it has, and what must be given.
CALLS: dict[str, tuple[Callable[..., object], Callable[..., object], dict[str, object]]] = {
    **{
        made.__name__: (made, made, given)
        for made, given in cast(
            "list[tuple[type, dict[str, object]]]",
            [
                (package.Engine, {}),
                (package.EngineConfig, {}),
                (package.Ledger, {"path": "never-made.ledger"}),
                (package.ReadingOptions, {}),
                (package.RenderLimits, {}),
                (ImageLimits, {}),
                (ToolLimits, {}),
                (UrlPolicy, {}),
                (Workspace, {"roots": "samples"}),
                (ChatNemotronVL, {}),
                (ImageHistory, {}),
                (NemotronVLDecisionModel, {}),
                (NemotronVLLoader, {"source": "samples"}),
                (NemotronVLParser, {}),
                (NemotronVLToolkit, {"roots": "samples"}),
                (NemotronVL, {}),
                (NemotronVLNodeParser, {}),
                (NemotronVLPageImagePostprocessor, {"image_dir": "samples"}),
                (NemotronVLReader, {}),
                (NemotronVLToolSpec, {"roots": "samples"}),
            ],
        )
    },
    "ask_image": (package.ask_image, package.ask_image, {"image": PAGE, "question": "What?"}),
    "choose_grid": (package.choose_grid, package.choose_grid, {"width": 100, "height": 100}),
    "count_image_tokens": (
        package.count_image_tokens,
        package.count_image_tokens,
        {"width": 100, "height": 100},
    ),
    "draw_grid": (package.draw_grid, package.draw_grid, {"image": PAGE}),
    "extract_fields": (package.extract_fields, package.extract_fields, {"source": PAGE, "schema": SCHEMA}),
    "fit_to_grid": (package.fit_to_grid, package.fit_to_grid, {"image": PAGE}),
    "get_engine": (package.get_engine, package.get_engine, {}),
    "iter_pages": (read_all, package.iter_pages, {"source": PAGE}),
    "load_image": (package.load_image, package.load_image, {"source": PAGE}),
    "read_document": (package.read_document, package.read_document, {"source": PAGE}),
}

# Options of the frameworks themselves, which they check as they like.
FRAMEWORKS: tuple[type[BaseModel], ...] = (
    BaseChatModel,
    LLM,
    NodeParser,
    BaseNodePostprocessor,
    BasePydanticReader,
)

OUT_OF_RANGE: dict[str, tuple[object, ...]] = {
    "ahead": (0, True, 1.5),
    "allowed_hosts": ("example.org", ("a b",), (7,)),
    "allowed_paths": ("samples", (7,)),
    "alongside": ("yes", 1),
    "answer_tokens": (0, True),
    "blank_pages": ("show",),
    "concurrency": (0, True),
    "content": ("html",),
    "cpu_cache_gib": (0, True, 2**40),
    "create": ("yes", 1),
    "device": ("tpu",),
    "dtype": ("int1",),
    "failed_pages": ("show",),
    "frequency_penalty": (-3, 3, math.nan, True),
    "glob": ("../*", "", 7),
    "gpu_memory_utilization": (0, 1.5, math.nan, True),
    "height": (0, -1, True, 1.5),
    "hosts": ("example.org", ("a b",)),
    "image_cache_gib": (-1, math.nan, True, 2**40),
    "image_format": ("gif",),
    "image_processor": ("pillow",),
    "keep_images": ("some",),
    "kv_cache_dtype": ("int4",),
    "layout": ("tight", ""),
    "ledger": ("", 7),
    "limit": (-1, 5, True),
    "load_format": ("gguf",),
    "logprobs": ("many",),
    "max_attempts": (0, True),
    "max_bytes": (0, True, 1.5),
    "max_characters": (0, True),
    "max_frames": (0, True),
    "max_hits": (0, True),
    "max_images": (-1, 5, True),
    "max_media_bytes": (0, True, 2**60),
    "max_model_len": (100, True, 2**40),
    "max_num_batched_tokens": (100, True, 2**40),
    "max_num_seqs": (0, True, 5000),
    "max_pages": (0, True),
    "max_pixels": (0, True),
    "max_redirects": (-1, True),
    "max_retries": (-1, True),
    "max_tiles": (0, 13, True, math.nan),
    "max_tokens": (0, -1, True, math.nan),
    "memory_bytes": (0, True),
    "mode": ("html",),
    "networks": ("10.0.0.0/8", ("a",)),
    "node_type": ("picture",),
    "old_images": ("burn",),
    "on_error": ("ignore",),
    "orientation": ("upside",),
    "page": (0, -1, True, 7),
    "page_schema": ({"type": "array"},),
    "page_seconds": (0, math.nan, True),
    "pages": (0, True, "3-1", "x", [1, 1], b"1"),
    "passwords": (7, [None]),
    "path": (7,),
    "presence_penalty": (-3, 3, math.nan, True),
    "question": ("", "  "),
    "repetition_penalty": (0, 11, math.nan, True),
    "roots": ("no-such-folder", (), 7),
    "schema": ({"type": "array"}, 7),
    "seconds": (0, math.nan, True),
    "seed": (True, 1.5, 2**70),
    "source": ("", 7, [7]),
    "start_timeout": (0, math.inf, True),
    "stop": ("", [""], 7),
    "target_pages": ("x", "1-", 7),
    "temperature": (-1, 2.5, math.nan, True),
    "text_layer": ("trust",),
    "thinking_budget": (0, True),
    "timeout": (0, -1, math.nan, True),
    "token_budget": (0, True),
    "tools": (["shell"], 7),
    "top_k": (-1, True),
    "top_logprobs": (-1, 21, True),
    "top_p": (0, 2, math.nan, True),
    "unreadable_files": ("ignore",),
    "width": (0, True, 1.5),
}

NAMED = {
    "allowed_hosts": ("hosts",),
    "pages": ("Page", "page number"),
    "roots": ("root",),
    "source": ("The path", "image"),
}

# Any text, path, flag, function or value of their type will do for these.
TYPE_ONLY = frozenset({
    "backend", "chat", "config", "defer_ocr", "dropped_metadata", "engine", "image", "image_dir", "images",
    "is_function_calling_model", "limits", "model", "name", "options", "page_separator", "pages_delimiter",
    "prefix_caching", "progress", "read", "reasoning", "report", "retry_failed", "revision", "root", "split_by_page",
    "streaming", "urls", "warm_up",
})  # fmt: skip


def list_options(owner: Callable[..., object]) -> list[str]:
    if not isinstance(owner, type) or not issubclass(owner, BaseModel):
        return list(inspect.signature(cast("Callable[..., object]", owner)).parameters)
    foreign = {name for base in FRAMEWORKS if issubclass(owner, base) for name in base.model_fields}
    return [name for name in owner.model_fields if name not in foreign]


def list_cases() -> Generator[tuple[str, str, object]]:
    for call, (_, owner, _) in CALLS.items():
        for option in list_options(owner):
            for value in (object(), *OUT_OF_RANGE.get(option, ())):
                yield call, option, value


@pytest.mark.parametrize(
    ("call", "option", "value"),
    [pytest.param(*case, id=f"{case[0]}-{case[1]}-{index}") for index, case in enumerate(list_cases())],
)
def test_a_value_that_makes_no_sense_is_refused_at_once_and_by_name(
    call: str, option: str, value: object
) -> None:
    function, owner, given = CALLS[call]
    backend = ScriptedBackend([])
    arguments: Mapping[str, object] = {**given, option: value}
    if "engine" in list_options(owner) and option not in ("engine", "config", "model"):
        arguments = {"engine": open_script(backend), **arguments}
    with pytest.raises(InputError) as caught:
        function(**arguments)
    # Of a value that is long the message shows the part that does not fit.
    words = (option, *NAMED.get(option, ()), repr(value))
    assert any(word in str(caught.value) for word in words)
    assert backend.starts == 0


def test_every_option_is_among_those_that_are_tried() -> None:
    options = {option for _, owner, _ in CALLS.values() for option in list_options(owner)}
    assert options - set(OUT_OF_RANGE) - TYPE_ONLY == set()
    assert (set(OUT_OF_RANGE) | TYPE_ONLY) - options == set()


def test_every_public_class_and_function_is_among_those_that_are_tried() -> None:
    results = {"Answer", "DocumentResult", "NemotronVLError", "PageResult", "ReadingProgress", "__version__"}
    others = {"close_engine", "summarise"}
    # Those that begin with an "a" take what the others take, see test_reading.
    names = {
        name for name in package.__all__ if name.removeprefix("a") not in package.__all__ or name[0] != "a"
    }
    assert names - set(CALLS) == results | others


USELESS = [
    ({"retry_failed": True}, "a ledger holds as failed"),
    ({"keep_images": "all"}, "no place for pictures"),
    ({"image_format": "png"}, "no place for pictures"),
]
READERS: list[Callable[[package.ReadingOptions], object]] = [
    lambda options: package.read_document(PAGE, options=options),
    lambda options: NemotronVLLoader("samples", options=options),
    lambda options: NemotronVLParser(options=options),
    lambda options: NemotronVLReader(options=options),
    lambda options: NemotronVLNodeParser(options=options),
]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(("useless", "reason"), USELESS)
def test_an_option_of_reading_that_would_do_nothing_is_refused(
    read: Callable[[package.ReadingOptions], object], useless: Mapping[str, Any], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        read(package.ReadingOptions(**useless))


@pytest.mark.parametrize(("useless", "reason"), USELESS)
def test_with_a_ledger_the_same_options_are_taken(
    useless: Mapping[str, Any], reason: str, tmp_path: Path
) -> None:
    options = package.ReadingOptions(**useless)
    NemotronVLLoader("samples", options=options, ledger=tmp_path / "pages.ledger")
    NemotronVLReader(options=options, ledger=tmp_path / "pages.ledger")
    assert not (tmp_path / "pages.ledger").exists()


def test_two_folders_for_the_same_pictures_are_refused(tmp_path: Path) -> None:
    options = package.ReadingOptions(images=tmp_path / "others")
    with pytest.raises(InputError, match="both set"):
        NemotronVLReader(image_dir=tmp_path, options=options)


@pytest.mark.parametrize(
    ("option", "value"),
    [("max_tiles", 0), ("temperature", -1), ("top_p", 2), ("max_tokens", 0), ("timeout", -1), ("stop", [""])],
)
def test_models_refuse_when_they_are_made_what_they_would_refuse_at_a_call(
    option: str, value: object
) -> None:
    engine = open_script(ScriptedBackend([]))
    values: dict[str, Any] = {option: value}
    told = {
        collect(partial(ChatNemotronVL, **values)),
        collect(partial(ChatNemotronVL(engine=engine).invoke, "Hello", **values)),
        collect(partial(NemotronVL, **values)),
        collect(partial(NemotronVL(engine=engine).complete, "Hello", **values)),
    }
    (message,) = told
    assert option in message


def collect(make: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        make()
    return str(caught.value)


def test_a_setting_that_is_chosen_at_the_call_is_checked_there() -> None:
    chat = ChatNemotronVL(engine=open_script(ScriptedBackend(["Good.", "Bad."])))
    chosen = chat.configurable_fields(temperature=ConfigurableField(id="heat"))
    assert chosen.with_config(configurable={"heat": 0.5}).invoke("Hello").text == "Good."
    with pytest.raises(ModelInvalidRequestError, match="temperature=-1"):
        chosen.with_config(configurable={"heat": -1}).invoke("Hello")


def test_a_chat_model_refuses_with_the_error_that_middleware_of_langchain_knows() -> None:
    with pytest.raises(ModelInvalidRequestError, match="did you mean temperature"):
        ChatNemotronVL(temperatur=1)  # pyright: ignore[reportCallIssue] - what is refused

"""`ledger=` is one thing everywhere: a `Ledger` that stays its owner's, or a path that is opened and closed for it."""

import asyncio
import copy
import json
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from langchain_core.documents.base import Blob

from nemotron_vl_integrations import Ledger, aiter_pages, aread_document, iter_pages, read_document
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.errors import InvalidRequestError, LedgerError
from nemotron_vl_integrations.langchain import NemotronVLLoader, NemotronVLParser, NemotronVLToolkit
from nemotron_vl_integrations.ledger import LedgerSource
from nemotron_vl_integrations.llama_index import NemotronVLNodeParser, NemotronVLReader, NemotronVLToolSpec
from nemotron_vl_integrations.reading import ReadingOptions
from tests.paged_script import ReadsNumbers, open_script, write_numbers

OPTIONS = ReadingOptions(orientation="as_is")
Use = Callable[[Path, LedgerSource, Engine], object]


async def take_pages(scan: Path, ledger: LedgerSource, engine: Engine) -> int:
    pages = aiter_pages(scan, ledger=ledger, engine=engine, options=OPTIONS)
    return len([page async for page in pages])


def parse_deferred(scan: Path, ledger: LedgerSource, engine: Engine) -> object:
    with tempfile.TemporaryDirectory() as folder:
        reader = NemotronVLReader(defer_ocr=True, image_dir=Path(folder), engine=engine, options=OPTIONS)
        parser = NemotronVLNodeParser(ledger=ledger, image_dir=Path(folder), engine=engine, options=OPTIONS)
        return parser(reader.load_data(scan))


def call_langchain_tool(scan: Path, ledger: LedgerSource, engine: Engine) -> object:
    (tool,) = NemotronVLToolkit(
        roots=scan.parent, ledger=ledger, engine=engine, tools=["read_document"]
    ).get_tools()
    return tool.invoke({"source": scan.name})


USES: dict[str, Use] = {
    "read_document": lambda scan, ledger, engine: read_document(
        scan, ledger=ledger, engine=engine, options=OPTIONS
    ),
    "aread_document": lambda scan, ledger, engine: asyncio.run(
        aread_document(scan, ledger=ledger, engine=engine, options=OPTIONS)
    ),
    "iter_pages": lambda scan, ledger, engine: [
        *iter_pages(scan, ledger=ledger, engine=engine, options=OPTIONS)
    ],
    "aiter_pages": lambda scan, ledger, engine: asyncio.run(take_pages(scan, ledger, engine)),
    "LangChain's loader": lambda scan, ledger, engine: NemotronVLLoader(
        scan, ledger=ledger, engine=engine, options=OPTIONS
    ).load(),
    "LangChain's parser": lambda scan, ledger, engine: NemotronVLParser(
        ledger=ledger, engine=engine, options=OPTIONS
    ).parse(Blob.from_data(scan.read_bytes())),
    "LangChain's toolkit": call_langchain_tool,
    "LlamaIndex's reader": lambda scan, ledger, engine: NemotronVLReader(
        ledger=ledger, engine=engine, options=OPTIONS
    ).load_data(scan),
    "LlamaIndex's node parser": parse_deferred,
    "LlamaIndex's tool spec": lambda scan, ledger, engine: NemotronVLToolSpec(
        scan.parent, ledger=ledger, engine=engine
    ).read_document(scan.name),
}


def is_open(path: Path) -> bool:
    return any(link.resolve() == path.resolve() for link in Path("/proc/self/fd").iterdir() if link.exists())


def write_scan(folder: Path) -> Path:
    scan = folder / "scans" / "one.tiff"
    scan.parent.mkdir()
    scan.write_bytes(write_numbers(1))
    return scan


@pytest.mark.parametrize("kind", [str, Path])
@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_a_path_is_opened_and_closed_again(use: Use, kind: type[str | Path], tmp_path: Path) -> None:
    scan, path = write_scan(tmp_path), tmp_path / "pages.ledger"
    with open_script(backend := ReadsNumbers()) as engine:
        use(scan, kind(path), engine)
        use(scan, kind(path), engine)
    assert len(backend.prompts) == 1
    assert not is_open(path)
    with Ledger(path, create=False) as ledger:
        assert [entry.result.text for entry in ledger.entries()] == ["Page 1."]


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_an_open_ledger_stays_open(use: Use, tmp_path: Path) -> None:
    scan, path = write_scan(tmp_path), tmp_path / "pages.ledger"
    with Ledger(path) as ledger, open_script(ReadsNumbers()) as engine:
        use(scan, ledger, engine)
        assert [entry.result.text for entry in ledger.entries()] == ["Page 1."]
        assert is_open(path)


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_a_path_that_can_be_no_ledger_is_told(use: Use, tmp_path: Path) -> None:
    scan = write_scan(tmp_path)
    with open_script(backend := ReadsNumbers()) as engine:
        try:
            told = str(use(scan, scan.parent, engine))
        except LedgerError as error:
            told = str(error)
    assert "is a folder" in told
    assert backend.prompts == []


def test_a_run_that_is_left_early_closes_the_ledger_that_it_opened(tmp_path: Path) -> None:
    path = tmp_path / "pages.ledger"
    with open_script(ReadsNumbers()) as engine:
        pages = iter_pages(write_numbers(3), ledger=path, engine=engine, options=OPTIONS)
        assert next(pages).text == "Page 1."
        assert is_open(path)
        pages.close()
        assert not is_open(path)


@pytest.mark.parametrize("component", [NemotronVLReader, NemotronVLNodeParser])
def test_an_open_ledger_is_written_down_as_its_path(
    component: type[NemotronVLReader] | type[NemotronVLNodeParser], tmp_path: Path
) -> None:
    path = tmp_path / "pages.ledger"
    with Ledger(path) as ledger:
        written = json.dumps(component(ledger=ledger).to_dict())
        assert json.loads(NemotronVLToolkit(roots=tmp_path, ledger=ledger).model_dump_json())[
            "ledger"
        ] == str(path)
    assert component.from_dict(json.loads(written)).ledger == str(path)


def test_copies_of_what_holds_an_open_ledger_hold_the_same(tmp_path: Path) -> None:
    with Ledger(tmp_path / "pages.ledger") as ledger:
        reader = NemotronVLReader(ledger=ledger)
        assert (
            reader.model_copy(deep=True).ledger is copy.deepcopy(reader).ledger is copy.copy(ledger) is ledger
        )


def test_an_open_ledger_goes_to_no_other_process_and_says_what_does(tmp_path: Path) -> None:
    with (
        Ledger(tmp_path / "pages.ledger") as ledger,
        pytest.raises(InvalidRequestError, match="Hand on its path"),
    ):
        pickle.dumps(NemotronVLLoader(tmp_path, ledger=ledger))
    with_path = NemotronVLLoader(tmp_path, ledger=tmp_path / "pages.ledger")
    assert pickle.loads(pickle.dumps(with_path)).load() == []

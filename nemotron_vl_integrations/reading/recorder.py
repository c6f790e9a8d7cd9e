"""Between reading and the ledger: what is known already is not read, and what was read is written down."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field, replace
from typing import TypeVar

from nemotron_vl_integrations.errors import LedgerError
from nemotron_vl_integrations.ledger import Ledger, ReadingSettings, hash_page_image
from nemotron_vl_integrations.page_result import PageResult, PageStatus
from nemotron_vl_integrations.pages import PageImage

_logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """A document as the ledger knows it.

    Attributes:
        digest: SHA-256 of its bytes.
        name: What results call it.
    """

    digest: str
    name: str


@dataclass(slots=True)
class Recorder:
    """Looks pages up and writes them down; belongs to one event loop.

    A ledger that fails costs no page: it is given up with a warning, and reading goes on without it.

    Attributes:
        ledger: Where results are.
        settings: What determines a result, beside the page itself.
        retry_failed: Reads pages again that the ledger holds as failed.
    """

    ledger: Ledger
    settings: ReadingSettings
    retry_failed: bool
    _reading: dict[str, asyncio.Future[PageResult]] = field(
        default_factory=dict[str, asyncio.Future[PageResult]]
    )
    _given_up: bool = False

    async def known(self, file: RecordedFile, wanted: Collection[int]) -> frozenset[int]:
        """Return the pages of a document that need not be read again."""
        statuses = await self._ask(lambda: self.ledger.find_statuses(file.digest, self.settings), {})
        await self._ask(lambda: self.ledger.note_path(file.digest, file.name), None)
        return frozenset(page for page in wanted if page in statuses and self._is_done(statuses[page]))

    async def recall(self, file: RecordedFile, page: int, label: str) -> PageResult | None:
        """Return what came of a page; None if the ledger has lost it meanwhile."""
        found = await self._ask(
            lambda: self.ledger.find(file.digest, page, self.settings, source=file.name), None
        )
        return None if found is None else replace(found, page_label=label)

    async def read(
        self, file: RecordedFile, page: PageImage, read: Callable[[], Awaitable[PageResult]]
    ) -> PageResult:
        """Read a page unless an identical one was read or is being read, and write down what came of it.

        Args:
            file: The document.
            page: The rendered page.
            read: Reads it.
        """
        digest = await asyncio.to_thread(hash_page_image, page.image)
        result = await self._wait_for_twin(digest)
        if result is None:
            result = await self._find_or_read(digest, read)
        else:
            result = replace(result, from_ledger=True, attempts=0, seconds=0.0)
        result = replace(result, source=file.name, page=page.page, page_label=page.label)
        await self._ask(
            lambda: self.ledger.record(file.digest, self.settings, result, image_sha256=digest), None
        )
        return result

    async def write(self, file: RecordedFile, result: PageResult) -> None:
        """Write down a page that has no picture."""
        await self._ask(lambda: self.ledger.record(file.digest, self.settings, result), None)

    async def _wait_for_twin(self, digest: str) -> PageResult | None:
        twin = self._reading.get(digest)
        if twin is None:
            return None
        result = await asyncio.shield(twin)
        # Another document with the same picture may have another text of its own.
        return None if result.status in ("failed", "text_layer") else result

    async def _find_or_read(self, digest: str, read: Callable[[], Awaitable[PageResult]]) -> PageResult:
        future = self._reading[digest] = asyncio.get_running_loop().create_future()
        try:
            found = await self._ask(lambda: self.ledger.find_image(digest, self.settings), None)
            result = found if found is not None and self._is_done(found.status) else await read()
            future.set_result(result)
        finally:
            # Whoever waits for a reading that was cancelled, or that ended the run, is cancelled too.
            future.cancel()
            del self._reading[digest]
        return result

    def _is_done(self, status: PageStatus) -> bool:
        return status != "failed" or not self.retry_failed

    async def _ask(self, question: Callable[[], Answer], otherwise: Answer) -> Answer:
        if self._given_up:
            return otherwise
        try:
            return await asyncio.to_thread(question)
        except LedgerError as exc:
            # Pages that run side by side meet the same fault, which is told once.
            if self._given_up:
                return otherwise
            self._given_up = True
            _logger.warning("Pages are read on without the ledger. %s", exc)
            return otherwise

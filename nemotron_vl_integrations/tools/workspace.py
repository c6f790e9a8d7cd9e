"""What the tools of one agent share: where documents are, what may be fetched, the ledger, the engine, the limits."""

import asyncio
import shutil
import tempfile
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path

from nemotron_vl_integrations.argument_checks import check_instance, check_items, wrong_type
from nemotron_vl_integrations.document_passwords import check_passwords
from nemotron_vl_integrations.engine import Engine, get_engine
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.guarded_sources import AllowedPaths, ListedDocument, UrlPolicy, list_documents
from nemotron_vl_integrations.ledger import Ledger, LedgerSource, check_ledger
from nemotron_vl_integrations.messages import Layout
from nemotron_vl_integrations.pages import RenderLimits
from nemotron_vl_integrations.tiling import check_fitting
from nemotron_vl_integrations.tools.limits import DEFAULT_LIMITS, ToolLimits

AnyPath = str | Path


class Workspace:
    """What the tools of one agent share. Making one is cheap; nothing is opened before the first call.

    Args:
        roots: Folders, or single files, that the tools may read; one or several. What lies elsewhere does not exist
            for them.
        urls: What they may fetch from the web; None fetches nothing.
        ledger: Where pages that were read are kept, so that none is read twice: a `Ledger`, the path of one, or None
            for a file of this process that goes away with it.
        engine: Reads and answers; None takes the engine that this process shares.
        limits: What one call may cost.
        passwords: Tried in turn on encrypted PDFs.
        layout: How pages are fitted to tiles; None takes the engine's.
        max_tiles: Most tiles of a page; None takes the engine's.

    Raises:
        InvalidRequestError: An argument that cannot be used, or a root that does not exist.

    Examples:
        >>> [document.name for document in Workspace("samples").documents(limit=2)]
        ['contract.pdf', 'invoice.png']
    """

    def __init__(
        self,
        roots: AnyPath | Sequence[AnyPath],
        *,
        urls: UrlPolicy | None = None,
        ledger: LedgerSource | None = None,
        engine: Engine | None = None,
        limits: ToolLimits = DEFAULT_LIMITS,
        passwords: Sequence[str] = (),
        layout: Layout | None = None,
        max_tiles: int | None = None,
    ) -> None:
        check_instance("urls", urls, UrlPolicy | None)
        check_instance("engine", engine, Engine | None)
        check_instance("limits", limits, ToolLimits)
        check_fitting(layout, max_tiles)
        self.paths = AllowedPaths(_check_roots(roots))
        self.urls = urls
        self.limits = limits
        self.passwords = check_passwords(passwords)
        self._layout: Layout | None = layout
        self._max_tiles = max_tiles
        self._engine = engine
        self._ledger = check_ledger(ledger)
        self._lock = threading.Lock()

    @property
    def engine(self) -> Engine:
        """The engine that reads and answers; looking does not start it."""
        return get_engine() if self._engine is None else self._engine

    @property
    def layout(self) -> Layout:
        """How pages are fitted to tiles."""
        return self.engine.config.layout if self._layout is None else self._layout

    @property
    def max_tiles(self) -> int:
        """Most tiles of a page."""
        return self.engine.config.max_tiles if self._max_tiles is None else self._max_tiles

    @property
    def render_limits(self) -> RenderLimits:
        """What rendering may take."""
        return RenderLimits(max_bytes=self.limits.max_bytes)

    def documents(self, *, limit: int) -> tuple[ListedDocument, ...]:
        """Return the documents below the roots, those of the first root first."""
        found: dict[str, ListedDocument] = {}
        for root in self.paths.paths:
            for document in list_documents(root, limit=limit):
                # A name is looked for in the first root first, so it means that one.
                found.setdefault(document.name, document)
        return tuple(found.values())[:limit]

    async def open_ledger(self) -> Ledger:
        """Return the ledger, opened once.

        Raises:
            LedgerError: The file cannot be used.
        """
        return await asyncio.to_thread(self._open_ledger)

    def _open_ledger(self) -> Ledger:
        with self._lock:
            if not isinstance(self._ledger, Ledger):
                self._ledger = self._make_ledger() if self._ledger is None else self._open_named(self._ledger)
            return self._ledger

    def _open_named(self, path: AnyPath) -> Ledger:
        ledger = Ledger(path)
        weakref.finalize(self, ledger.close)
        return ledger

    def _make_ledger(self) -> Ledger:
        folder = tempfile.mkdtemp(prefix="nemotron-vl-tools-")
        ledger = Ledger(Path(folder, "pages.ledger"))
        # At the end of the process too.
        weakref.finalize(self, _discard, ledger, folder)
        return ledger


def _discard(ledger: Ledger, folder: str) -> None:
    ledger.close()
    shutil.rmtree(folder, ignore_errors=True)


def _check_roots(roots: object) -> tuple[Path, ...]:
    listed = (roots,) if isinstance(roots, str | Path) else check_items("roots", roots, "paths")
    paths: list[Path] = []
    for root in listed:
        if not isinstance(root, str | Path):
            raise wrong_type("roots", root, "paths of folders, as texts or `Path`s")
        path = Path(root)
        if not path.exists():
            raise InvalidRequestError(
                f"The root {str(path)!r} does not exist.", hint="Name a folder, or a file, with documents."
            )
        paths.append(path.resolve())
    if not paths:
        raise InvalidRequestError("There is no root.", hint="Name the folder that the tools may read.")
    return tuple(paths)

"""Engine: the one way to the model, for sync and async callers, shared by everything in the process."""

import asyncio
import sys
import threading
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from types import TracebackType
from typing import Literal, Self, cast

from nemotron_vl_integrations.argument_checks import check_flag, check_function, check_instance
from nemotron_vl_integrations.backends.base import Backend, BackendInfo, Prompt, Report
from nemotron_vl_integrations.checkpoints.checkpoint import Checkpoint
from nemotron_vl_integrations.concurrency import background_loop
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import registry
from nemotron_vl_integrations.engine.host import EngineHost
from nemotron_vl_integrations.engine.outlook import EngineOutlook, foresee_engine
from nemotron_vl_integrations.engine.reply_assembly import ReplyCollector, parse_deltas
from nemotron_vl_integrations.engine.request_checks import check_config, check_request
from nemotron_vl_integrations.engine.request_run import RequestRun
from nemotron_vl_integrations.errors import EngineClosedError, InvalidRequestError
from nemotron_vl_integrations.messages import Delta, Message, Reply, Request, Sampling, TextPart
from nemotron_vl_integrations.prompt.renderer import TokenCount


def _say(line: str) -> None:
    if sys.stderr is not None:  # None where the process was started without one.
        sys.stderr.write(f"nemotron-vl: {line}\n")


class Engine:
    """A handle on the engine of this process; equal configurations share one, and the last handle closes it.

    Building a handle is cheap: the first request starts the engine. It may be used from any thread,
    from sync code, and from any event loop, a notebook's included.

    Args:
        config: None takes the variables of the environment, see `EngineConfig.from_env`.
        alongside: Allows a second engine with another configuration in this process.
        report: Takes one line for each phase of the start; None writes them to stderr.
        backend: Takes the place of vLLM, for tests of faults: see `backends.scripted`.

    Examples:
        >>> from nemotron_vl_integrations.messages import ImagePart, Message, Request, TextPart
        >>> from PIL import Image
        >>> page = ImagePart(Image.new("RGB", (512, 512), "white"))
        >>> question = Message("user", (page, TextPart("Transcribe this page.")))
        >>> with Engine() as engine:
        ...     engine.count_tokens(Request(messages=(question,))).images
        258
    """

    def __init__(
        self,
        config: EngineConfig | None = None,
        *,
        alongside: bool = False,
        report: Report | None = None,
        backend: Backend | None = None,
    ) -> None:
        self.config = EngineConfig.from_env() if config is None else check_config(config)
        check_function("report", report, "a function that takes one line, such as `print`")
        check_instance("backend", backend, Backend | None)
        self._alongside = check_flag("alongside", alongside)
        self._report = _say if report is None else report
        self._lock = threading.Lock()
        self._private = None if backend is None else EngineHost(self.config, backend=backend)
        self._host: EngineHost | None = self._private
        self._closed = False

    def open(self, *, announce: bool = True) -> None:
        """Take a share in the engine now rather than at the first use; nothing is loaded yet.

        Args:
            announce: Says through `report` that the demo checkpoint will read, if it will and nobody has said so.
                Otherwise the first use says it.

        Raises:
            EngineConfigConflictError: Another configuration is open in this process.
            EngineForkedError: The engine belongs to the parent of this process.
        """
        host = self._take_share()
        if announce:
            host.announce(self._report)

    def _take_share(self) -> EngineHost:
        """The host behind this handle, counted as used from now on."""
        with self._lock:
            if self._closed:
                raise EngineClosedError("This engine was closed.", hint="`get_engine()` opens a new one.")
            if self._host is None:
                self._host = registry.acquire(self.config, alongside=self._alongside)
            self._host.check_process()
            return self._host

    def _shared(self) -> EngineHost:
        """The host behind this handle, for a use of it."""
        host = self._take_share()
        # Code of the user, which may ask for this very engine: no lock is held.
        host.announce(self._report)
        return host

    @property
    def closed(self) -> bool:
        """Whether this handle was closed, or its engine by `close_engine`."""
        return self._closed or (self._host is not None and self._host.closed)

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint that answers; looking does not start the engine.

        Raises:
            EngineStartError: There is no such checkpoint, or it is not whole.
        """
        return self._shared().checkpoint

    @property
    def model(self) -> str:
        """Name of the checkpoint that answers."""
        return self.checkpoint.name

    @property
    def device(self) -> Literal["cuda", "cpu"]:
        """Where the weights lie, or will; looking does not start the engine."""
        return self._shared().plan.device

    @property
    def outlook(self) -> EngineOutlook:
        """Which checkpoint answers, or would, and how long its context is; looking starts and fetches nothing."""
        host = self._host
        return foresee_engine(self.config) if host is None else host.outlook

    @property
    def info(self) -> BackendInfo | None:
        """What runs: version, device, types, limits. None before the start."""
        return self._shared().info

    @property
    def places(self) -> int:
        """How many requests run at once, or would; looking does not start the engine.

        Raises:
            EngineStartError: There is no room for the checkpoint on this machine, or no such checkpoint.
        """
        return self._shared().places

    @property
    def running(self) -> int:
        """Number of requests that the engine works on now, of all handles together."""
        return 0 if self._host is None else self._host.running

    def count_tokens(self, request: Request) -> TokenCount:
        """Count the prompt tokens of a request, images and tools included, without starting the engine.

        Raises:
            InputError: The request cannot be rendered.
        """
        return self._shared().renderer.count_tokens(check_request(request))

    def tokenize(self, text: str) -> list[int]:
        """Turn a text into the ids of its tokens, as the checkpoint does, without starting the engine."""
        return self._shared().renderer.tokenize(text)

    def start(self) -> None:
        """Start the engine now rather than at the first request.

        Raises:
            EngineStartError: It does not start; the message says why and what to do.
        """
        background_loop.run(self._started())

    async def astart(self) -> None:
        """Start the engine now, see `start`."""
        await background_loop.arun(self._started())

    async def _started(self) -> None:
        await self._shared().started(self._report)

    def generate(self, request: Request) -> Reply:
        """Run a request and wait for the whole reply.

        Raises:
            InputError: The request cannot be run; nothing was sent.
            EngineError: It does not start, died, or ran out of time.
        """
        return background_loop.run(self._collect(request))

    async def agenerate(self, request: Request) -> Reply:
        """Run a request and wait for the whole reply, see `generate`; cancelling it aborts the request."""
        return await background_loop.arun(self._collect(request))

    def stream(self, request: Request) -> Generator[Delta, None, None]:
        """Run a request and yield its reply in pieces; closing the generator aborts the request.

        Raises:
            InputError: The request cannot be run; nothing was sent.
            EngineError: It does not start, died, or ran out of time.
        """
        return background_loop.iterate(self._stream(request), ahead=background_loop.DELTAS_AHEAD)

    def astream(self, request: Request) -> AsyncGenerator[Delta, None]:
        """Run a request and yield its reply in pieces, see `stream`."""
        return background_loop.aiterate(self._stream(request), ahead=background_loop.DELTAS_AHEAD)

    async def _collect(self, request: Request) -> Reply:
        start = time.perf_counter()
        host, collector = self._shared(), ReplyCollector()
        async with aclosing(self._stream(request, whole=True)) as deltas:
            async for delta in deltas:
                collector.add(delta)
        # Of the host: a reply that is whole stays one, even if this handle was closed meanwhile.
        return collector.reply(model=host.checkpoint.name, seconds=time.perf_counter() - start)

    async def _stream(self, request: Request, *, whole: bool = False) -> AsyncGenerator[Delta, None]:
        host = self._shared()
        checked, prompt, count = await _prepare(host, request, whole=whole)
        raw = RequestRun(host, checked, prompt, count, self._report).stream()
        deltas = parse_deltas(raw, checked, image_tokens=count.images)
        # Closing the innermost is what aborts the request; a generator does not close what it iterates.
        async with aclosing(raw), aclosing(deltas):
            async for delta in deltas:
                yield delta

    def close(self) -> None:
        """Give up this handle; the last one closes the engine and gives its memory back. May be called twice."""
        host = self._give_up()
        if host is not None:
            background_loop.run(host.close())

    async def aclose(self) -> None:
        """Give up this handle, see `close`."""
        host = self._give_up()
        if host is not None:
            await background_loop.arun(host.close())

    def _give_up(self) -> EngineHost | None:
        with self._lock:
            host, self._host, self._closed = self._host, None, True
        if host is None or not host.belongs_here:
            return None
        return host if host is self._private else registry.release(host)

    def __enter__(self) -> Self:
        """Use the engine in a `with` block, which closes this handle."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close this handle."""
        self.close()

    async def __aenter__(self) -> Self:
        """Use the engine in an `async with` block, which closes this handle."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close this handle."""
        await self.aclose()


_SHORT_TEXT = 2000
"""Characters whose rendering takes less than a change of threads."""


async def _prepare(host: EngineHost, request: Request, *, whole: bool) -> tuple[Request, Prompt, TokenCount]:
    """Check and render a request, elsewhere if that takes longer than the loop may be kept from the others.

    Resizing a scan takes a tenth of a second. Before the start, the checkpoint may still have to be found.
    """
    if host.info is not None and _is_short(request):
        return host.prepare(request, whole=whole)
    return await asyncio.to_thread(host.prepare, request, whole=whole)


def _is_short(request: object) -> bool:
    """Whether it is a short text and nothing else; looks at values that nobody has checked yet."""
    match request:
        case Request(messages=tuple() as messages, tools=(), sampling=Sampling(constraint=None)):
            return sum(map(_count_characters, cast("tuple[object, ...]", messages))) <= _SHORT_TEXT
        case _:
            return False


def _count_characters(message: object) -> int:
    match message:
        case Message(content=(TextPart(text=str() as text),), tool_calls=()):
            return len(text)
        case _:
            return _SHORT_TEXT + 1


_default_lock = threading.Lock()
# Of its own, so that `get_engine` need not wait; one thread may come twice, through a signal handler.
_closing_lock = threading.RLock()
_defaults: dict[EngineConfig, Engine] = {}


def get_engine(
    config: EngineConfig | None = None, *, alongside: bool = False, report: Report | None = None
) -> Engine:
    """Get the engine of this process, the same one for everybody; nothing starts before the first request.

    Args:
        config: None takes the one engine that is open, or else the variables of the environment.
        alongside: Allows a second engine with another configuration in this process.
        report: Takes one line for each phase of the start; None writes them to stderr.

    Raises:
        EngineConfigConflictError: Another configuration is open in this process.

    Examples:
        >>> get_engine() is get_engine()
        True
    """
    check_flag("alongside", alongside)
    check_function("report", report, "a function that takes one line, such as `print`")
    with _default_lock:
        wanted = registry.only_config() if config is None else check_config(config)
        wanted = wanted or EngineConfig.from_env()
        engine = _defaults.get(wanted)
        if engine is None or engine.closed:
            engine = Engine(wanted, alongside=alongside, report=report)
            # The lock is held, and `report` is code of the user, which may want it.
            engine.open(announce=False)
            _defaults[wanted] = engine
        return engine


def close_engine() -> None:
    """Close every engine that is open now, whoever uses it, and return when the memory is back.

    Engines that are opened meanwhile are not touched. Called twice at once, both calls wait for the end.

    Raises:
        InvalidRequestError: Called on the engine's own event loop, where it would wait for ever.

    Examples:
        >>> close_engine()
    """
    if background_loop.on_loop_thread():
        raise InvalidRequestError(
            "`close_engine()` was called on the engine's own event loop.", hint="Call it from another thread."
        )
    with _closing_lock:
        with _default_lock:
            handles = tuple(_defaults.values())
            _defaults.clear()
            hosts = registry.remove_all()
        for engine in handles:
            engine.close()
        for host in hosts:
            if host.belongs_here:
                background_loop.run(host.close())

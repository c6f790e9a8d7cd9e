"""A ledger as callers hand it in: one that they have open, or the path of one that is opened for them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

from nemotron_vl_integrations.argument_checks import wrong_type
from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.ledger.ledger import Ledger

LedgerSource: TypeAlias = Ledger | Path | str


def check_ledger(ledger: object) -> LedgerSource | None:
    """Return a ledger, the path of one, or None; a file is neither looked at nor made.

    Raises:
        InvalidRequestError: Another type, or an empty path.

    Examples:
        >>> check_ledger("pages.ledger")
        'pages.ledger'
    """
    if ledger is None or isinstance(ledger, Ledger | Path):
        return ledger
    if not isinstance(ledger, str):
        raise wrong_type("ledger", ledger, "a `Ledger`, the path of one, or None")
    if not ledger:
        raise InvalidRequestError(
            "The path `ledger=''` is empty.", hint="Name a file, such as pages.ledger, or leave it out."
        )
    return ledger


def name_ledger(ledger: LedgerSource | None) -> str | None:
    """Return the path of a ledger, which is what can be written down of it.

    Examples:
        >>> name_ledger(Path("scans/pages.ledger"))
        'scans/pages.ledger'
    """
    return None if ledger is None else str(ledger.path if isinstance(ledger, Ledger) else ledger)


@asynccontextmanager
async def use_ledger(ledger: LedgerSource | None) -> AsyncGenerator[Ledger | None]:
    """Have a ledger open inside the block: one that was named by its path is closed again, another one stays open.

    Raises:
        LedgerError: The file cannot be used.

    Examples:
        >>> async def is_used() -> bool:
        ...     async with use_ledger(None) as ledger:
        ...         return ledger is not None
        >>> asyncio.run(is_used())
        False
    """
    if ledger is None or isinstance(ledger, Ledger):
        yield ledger
        return
    # Opening waits for other processes that make or mend the file, and closing may write.
    opened = await asyncio.to_thread(Ledger, ledger)
    try:
        yield opened
    finally:
        await asyncio.to_thread(opened.close)

"""The live display of a terminal, drawn by rich on standard error."""

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from nemotron_vl_integrations.cli.terminal import one_line
from nemotron_vl_integrations.reading.progress import ReadingProgress, describe_progress


class LiveDisplay:
    """One line that moves: the phase of the engine's start, or the pages of the run.

    It is erased before anything else is written, so that text on the same terminal is never mixed with it.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        # Standard output may be a file: rich must not catch it and write it here.
        self._progress = Progress(
            SpinnerColumn(),
            # Names come from strangers, so nothing in them is taken as markup.
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("", total=None, rate="", visible=False)
        self._document = ""

    def show_phase(self, text: str) -> None:
        """Say what the engine does, with the time since it began to start."""
        self._progress.update(self._task, description=one_line(text), rate="", visible=True)
        self._progress.start()

    def show_document(self, name: str, progress: ReadingProgress) -> None:
        """Begin with a document."""
        self._document = name
        self.show_progress(progress)

    def show_progress(self, progress: ReadingProgress) -> None:
        """Show how far the run is."""
        self._progress.update(
            self._task,
            # The engine may have said a phase meanwhile.
            description=self._document,
            total=progress.total,
            completed=progress.done,
            rate=describe_progress(progress),
            visible=True,
        )
        self._progress.start()

    def clear(self) -> None:
        """Erase the line."""
        self._progress.stop()

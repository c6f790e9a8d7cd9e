"""What the pixels alone tell about the way a page lies: cheap, and `unknown` rather than wrong."""

from typing import TYPE_CHECKING, Final, Literal

from nemotron_vl_integrations.orientation.turning import ROTATIONS, Rotation, turn_image

if TYPE_CHECKING:
    from PIL.Image import Image

LineDirection = Literal["horizontal", "vertical", "unknown"]
LetterDirection = Literal["upright", "upside_down", "unknown"]

_MAJORITY: Final = 0.4
# Measured on Latin pages in 300 fonts: ink above the small letters is 3 to 10 % of the ink in them, and 1.7 to 3 times
# the ink below. Capitals, figures and Cyrillic stay under the ratio, Chinese and Japanese beyond the range.
_ASCENDERS: Final = (0.03, 0.13)
_RATIO: Final = 1.5
# Standard deviations of a fair coin, tossed for each piece of a line.
_SIGNIFICANCE: Final = 4.0


def look_at_lines(image: "Image") -> LineDirection:
    """Tell which way the lines of text run, from runs of ink on the reduced page.

    Rules of tables, pictures and specks do not count; a page with a word or two, or with nothing but a picture,
    is `unknown`. Chinese and Japanese may run from top to bottom on an upright page.

    Args:
        image: A page as it is drawn for the model, darker print on lighter paper. About 15 ms for 1536 x 2048 pixels.

    Examples:
        >>> from PIL import Image
        >>> look_at_lines(Image.new("RGB", (1536, 2048), "white"))
        'unknown'
    """
    # NumPy is loaded with the first look, not with the package.
    from nemotron_vl_integrations.orientation.text_runs import find_text_runs

    majority = find_text_runs(image).majority
    if abs(majority) < _MAJORITY:
        return "unknown"
    return "horizontal" if majority > 0 else "vertical"


def look_at_letters(image: "Image") -> LetterDirection:
    """Tell whether Latin letters stand on their feet, on a page whose lines are horizontal.

    `unknown` for capitals, figures, other scripts, and little text.

    Args:
        image: A page with horizontal lines. About 20 ms for 1536 x 2048 pixels.
    """
    from nemotron_vl_integrations.orientation.letter_balance import weigh_letters

    balance = weigh_letters(image)
    decided = balance.rising + balance.hanging
    significance = abs(balance.rising - balance.hanging) / max(1, decided) ** 0.5
    upright = balance.rising > balance.hanging
    above, below = (balance.above, balance.below) if upright else (balance.below, balance.above)
    if significance < _SIGNIFICANCE or not _ASCENDERS[0] <= above <= _ASCENDERS[1] or above < _RATIO * below:
        return "unknown"
    return "upright" if upright else "upside_down"


def propose_rotations(image: "Image") -> tuple[Rotation, ...]:
    """Return the turns that may bring a page upright, as far as its pixels tell; one if they are sure.

    A page whose letters give no answer keeps two or more turns, for the model to judge (see `crops_for_question`);
    vertical lines keep 0 among them, because Japanese and Chinese pages may be written that way.

    Examples:
        >>> from PIL import Image
        >>> propose_rotations(Image.new("RGB", (1536, 2048), "white"))
        (0, 90, 180, 270)
    """
    match look_at_lines(image):
        case "unknown":
            return ROTATIONS
        case "horizontal":
            return _refine(image, (0, 180), (0, 180))
        case "vertical":
            return _refine(turn_image(image, 90), (90, 270), (90, 270, 0))


def _refine(
    level: "Image", turns: tuple[Rotation, Rotation], otherwise: tuple[Rotation, ...]
) -> tuple[Rotation, ...]:
    match look_at_letters(level):
        case "upright":
            return turns[:1]
        case "upside_down":
            return turns[1:]
        case "unknown":
            return otherwise

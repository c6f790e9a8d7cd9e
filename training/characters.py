"""The characters that training pages are made of, and their classes for the auxiliary head."""

_FIRST = "".join(chr(code) for code in range(33, 127)) + "€£–•°é’"  # noqa: RUF001
_ACCENTED = "äöüßÄÖÜàâæçèêëîïôœùûÿÀÂÆÇÈÉÊËÎÏÔŒÙÛÜŸáíóúñÁÍÓÚÑìòÌÒãõÃÕ"
_SIGNS = "¿¡«»„“”‘—…§©®±×²³½ºª¥¢·"  # noqa: RUF001

CHARACTERS = "".join(dict.fromkeys(_FIRST + _ACCENTED + _SIGNS))
CHARACTER_CLASS = {character: number for number, character in enumerate(CHARACTERS, start=1)}
CHARACTER_CLASSES = len(CHARACTERS) + 1

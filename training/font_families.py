"""Which font families pages are drawn with, and which are kept for evaluation.

All of them are free fonts with every character of `training.characters`; small capitals, script, symbol and
hairline faces stay out, and so do those whose figure 1 is drawn as a small capital I.
"""

HELD_OUT_FAMILIES = (
    "Cantarell", "Charis SIL", "Courier Prime", "Gentium Plus", "Inter", "JetBrains Mono", "P052", "PT Sans",
    "PT Serif", "Vollkorn",
)  # fmt: skip
"""Never drawn for training: five serif, three sans and two monospaced families."""

HELD_OUT_RELATIVES = (
    "Gentium", "Gentium Basic", "Gentium Book Basic", "Gentium Book Plus", "GentiumAlt", "Inter Display", "PT Mono",
    "PT Sans Caption", "PT Sans Narrow", "PT Serif Caption",
)  # fmt: skip
"""Other cuts of the same designs; they stay out as well."""

EVERYDAY_FAMILIES = (
    "Arimo", "C059", "CMU Serif", "Caladea", "Carlito", "DejaVu Sans", "DejaVu Serif", "FreeSans", "FreeSerif",
    "Liberation Sans", "Liberation Serif", "Linux Libertine O", "Nimbus Roman", "Nimbus Sans", "Noto Sans",
    "Noto Serif", "Open Sans", "Roboto", "Tinos", "URW Bookman", "Lato",
)  # fmt: skip
"""Families that office documents are really set in; half of the pages are."""

MONOSPACED_FAMILIES = (
    "Anonymous Pro", "B612 Mono", "CMU Typewriter Text", "Cousine", "DejaVu Sans Mono", "Fantasque Sans Mono",
    "Fira Code", "FreeMono", "Go Mono", "Hack", "Liberation Mono", "Linux Libertine Mono O", "Mplus Code 60",
    "Nimbus Mono PS", "Noto Sans Mono", "mononoki",
)  # fmt: skip

OTHER_FAMILIES = (
    "Accanthis ADF Std", "Andika", "Arapey", "Averia Sans GWF", "Averia Serif GWF", "B612", "BIZ UDPGothic",
    "Baskervald ADF Std", "Berenis ADF Pro", "CMU Bright", "CMU Concrete", "CMU Sans Serif", "Cabin", "Cardo",
    "Clear Sans", "Comic Neue", "Doulos SIL", "ElstobD", "GFS Artemisia", "GFS Didot",
    "GFS Neohellenic", "Gillius ADF", "Gillius ADF No2", "Go", "Junicode Two Beta", "Karla", "Kinnari", "Laksaman",
    "Liberation Sans Narrow", "Libris ADF Std", "Linux Biolinum O", "M PLUS 1", "Manrope",
    "Nimbus Sans Narrow", "Norasi", "Old Standard TT", "Oxygen-Sans", "Play", "Quattrocento", "Quicksand", "Rasa",
    "Roboto Condensed", "Roboto Slab", "STIX", "Sora", "Switzera ADF", "Tribun ADF Std", "Tuffy", "URW Gothic",
    "Universalis ADF Std", "Verana Sans", "Yrsa",
)  # fmt: skip

TRAINED_FAMILIES = EVERYDAY_FAMILIES + MONOSPACED_FAMILIES + OTHER_FAMILIES

"""The passwords that are tried on an encrypted document."""

from nemotron_vl_integrations.argument_checks import check_items, check_text


def check_passwords(passwords: object) -> tuple[str, ...]:
    """Return the passwords to try in turn; one text is one password, not its letters.

    Raises:
        InvalidRequestError: Neither a text nor a tuple of texts.

    Examples:
        >>> check_passwords("secret"), check_passwords(["one", "two"])
        (('secret',), ('one', 'two'))
    """
    if isinstance(passwords, str):
        return (passwords,)
    items = check_items("passwords", passwords, "texts, or one text")
    return tuple(check_text(f"passwords[{index}]", item) for index, item in enumerate(items))

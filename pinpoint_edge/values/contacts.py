"""Phone numbers, IBANs and e-mail addresses, checked.

Phone numbers need phonenumbers unless they begin with their country's code; IBANs are checked
by python-stdnum where it is installed, else by their check digits alone. Both are in the extra
`values`.
"""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_PHONE = re.compile(r"[+(]?[\d(][\d\s()./–-]{5,}\d(?:\s*(?:ext|x)\.?\s*\d+)?", re.IGNORECASE)


def find_email(text: str) -> str | None:
    """Return the e-mail address that a text is, its domain in lower case."""
    plain = text.strip().strip("<>;,.").removeprefix("mailto:")
    if not _EMAIL.fullmatch(plain):
        return None
    local, _, domain = plain.rpartition("@")
    return f"{local}@{domain.lower()}"


def find_iban(text: str) -> str | None:
    """Return the IBAN that a text is, without spaces, where its check digits are right."""
    plain = re.sub(r"[\s.-]", "", text).upper().removeprefix("IBAN").lstrip(":")
    if not _IBAN.fullmatch(plain):
        return None
    digits = "".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])
    if int(digits) % 97 != 1:
        return None
    try:
        from stdnum import iban
    except ImportError:
        return plain
    return plain if iban.is_valid(plain, check_country=False) else None


def find_phone(text: str, region: str | None) -> str | None:
    """Return the phone number that a text is, as E.164; region: ISO 3166, of the page."""
    plain = text.strip().strip(".,;:")
    if not _PHONE.fullmatch(plain):
        return None
    try:
        import phonenumbers
    except ImportError:
        digits = re.sub(r"\D", "", re.sub(r"\(0\)", "", plain))
        return f"+{digits}" if plain.startswith("+") and 8 <= len(digits) <= 15 else None
    try:
        number = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

"""Personal data: mail addresses, telephone numbers, bank accounts and cards, by their own checks.

An account counts when its IBAN passes ISO 13616 (modulo 97), a card when its 13 to 19 digits pass
Luhn's check (ISO/IEC 7812-1) and begin like a card. Names and addresses of people are not looked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import regex

from .contract import Report, Text

MAIL = regex.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})*\.[a-zA-Z]{2,24}\b")
# International numbers, and national ones in the groups that people write.
PHONE = regex.compile(
    r"(?<![\w.,+-])(?:(?:\+|00)[1-9](?:[ ().-]{0,2}\d){6,13}"
    r"|\(\d{2,5}\)[ -]?\d{3,4}[ .-]?\d{3,4}|\d{3}[ .-]\d{3}[ .-]\d{4})(?![\w-])"
)
IBAN = regex.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
CARD = regex.compile(r"(?<![\w.-])[2-6](?:[ -]?\d){12,18}(?![\w-])")
_DIGITS = regex.compile(r"\d[^\n\p{L}]{2,}\d|\d{4}")


class Personal:
    """Finds what tells who somebody is or takes their money; the examples show it masked."""

    def __init__(self) -> None:
        self._report = Report()

    def look(self, texts: Sequence[Text]) -> None:
        """Only texts with an @ or several digits are looked at closely."""
        for text in texts:
            words = text.text
            if "@" in words and (found := MAIL.search(words)):
                self._report.add("mail_address", text, masked(found.group()))
            if _DIGITS.search(words):
                self._numbers(text)

    def _numbers(self, text: Text) -> None:
        account = next((m for m in IBAN.finditer(text.text) if is_iban(m.group())), None)
        card = next((m for m in CARD.finditer(text.text) if is_card(m.group())), None)
        phone = PHONE.search(text.text)
        if account:
            self._report.add("bank_account", text, masked(account.group()))
        if card:
            self._report.add("card_number", text, masked(card.group()))
        if phone and not account and not card:
            self._report.add("telephone_number", text, masked(phone.group()))

    def report(self) -> Report:
        """What was found so far."""
        return self._report


def masked(found: str) -> str:
    """The first two and last two characters, the rest as dots: a report is no place for the rest.

    >>> masked("ana@example.org")
    'an\u2026rg'
    """
    return f"{found[:2]}\u2026{found[-2:]}"


def is_iban(account: str) -> bool:
    """Whether an account number passes its check.

    >>> is_iban("GB82 WEST 1234 5698 7654 32"), is_iban("GB82 WEST 1234 5698 7654 33")
    (True, False)
    """
    bare = account.replace(" ", "")
    if not 15 <= len(bare) <= 34:
        return False
    return int("".join(str(int(sign, 36)) for sign in bare[4:] + bare[:4])) % 97 == 1


def is_card(number: str) -> bool:
    """Whether the digits pass Luhn's check and are not all the same.

    >>> is_card("4111 1111 1111 1111"), is_card("4111 1111 1111 1112")
    (True, False)
    """
    digits = [int(sign) for sign in number if sign.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0

"""The locale of a page, guessed from its words, its currency, its dates and its decimals."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

# Words of forms that hardly occur in another of these languages.
_WORDS = {
    "en": "the and of to invoice receipt amount due date from total paid thank you please name",
    "de": "der die das und rechnung betrag datum von nr mwst summe gesamt bitte danke straße",
    "fr": "le les et facture montant du des tva reçu merci rue nom échéance payer veuillez",
    "es": "el los y factura importe fecha iva recibo gracias calle nombre pagar vencimiento",
    "pt": "os e fatura valor data recibo obrigado rua nome pagar vencimento nif contribuinte",
    "it": "il gli e fattura importo di iva ricevuta grazie via nome pagare scadenza partita",
    "nl": "het een en factuur bedrag datum btw bon bedankt straat naam betalen totaal klant",
}
_SYMBOLS = {
    "€": "EUR", "£": "GBP", "RM": "MYR", "R$": "BRL", "₹": "INR", "Rs": "INR", "¥": "JPY",
    "zł": "PLN", "Kč": "CZK", "S$": "SGD", "A$": "AUD", "C$": "CAD", "HK$": "HKD", "US$": "USD",
    "₩": "KRW", "₽": "RUB", "₺": "TRY", "₱": "PHP", "฿": "THB", "Rp": "IDR", "Fr.": "CHF",
}  # fmt: skip
_REGIONS = {
    "USD": "US", "GBP": "GB", "MYR": "MY", "BRL": "BR", "INR": "IN", "JPY": "JP", "PLN": "PL",
    "CZK": "CZ", "SGD": "SG", "AUD": "AU", "CAD": "CA", "HKD": "HK", "CHF": "CH", "SEK": "SE",
    "NOK": "NO", "DKK": "DK", "NZD": "NZ", "ZAR": "ZA", "MXN": "MX", "KRW": "KR", "RUB": "RU",
    "TRY": "TR", "PHP": "PH", "THB": "TH", "IDR": "ID", "CNY": "CN", "HUF": "HU", "AED": "AE",
}  # fmt: skip
_HOME = {"de": "DE", "fr": "FR", "es": "ES", "pt": "PT", "it": "IT", "nl": "NL"}
# What only companies, taxes and addresses of one country are called.
_PLACES = {
    "MY": r"sdn\.? ?bhd|s/b\b|malaysia|kuala lumpur|selangor|johor|\+60",
    "SG": r"pte\.? ltd|singapore|\+65",
    "AU": r"pty\.? ltd|australia|\babn\b|\+61",
    "GB": r"united kingdom|england|scotland|\+44",
    "IN": r"pvt\.? ltd|\bgstin\b|\bindia\b|\+91",
    "NZ": r"new zealand|\+64",
    "IE": r"\bireland\b|\+353",
    "DE": r"gmbh|\bust-?id|deutschland|germany|\+49",
    "AT": r"österreich|austria|\+43",
    "CH": r"schweiz|suisse|switzerland|\+41",
    "FR": r"\bsarl\b|\bsiret\b|france|\+33",
    "ES": r"españa|spain|\bcif\b|\+34",
    "PT": r"portugal|\+351",
    "BR": r"\bltda\b|\bcnpj\b|brasil|brazil|\+55",
    "IT": r"s\.?r\.?l\.|\bp\.? ?iva\b|italia|italy|\+39",
    "NL": r"\bkvk\b|nederland|netherlands|\+31",
    "CA": r"canada|ontario|\bgst/hst\b",
    "US": r"\b(?-i:[A-Z]{2}),?\s+\d{5}(?:-\d{4})?\b|\(\d{3}\) ?\d{3}-\d{4}|\bllc\b"
    r"|sales tax|\busa\b|u\.s\.a",
}
_MONEY_OF = {
    **dict.fromkeys(("DE", "AT", "FR", "ES", "PT", "IT", "NL", "IE"), "EUR"),
    **{region: code for code, region in _REGIONS.items()},
}
_MONTH_FIRST = frozenset({"US", "PH"})
_YEAR_FIRST = frozenset({"JP", "CN", "KR", "HU"})

CODES = frozenset({*_REGIONS, "EUR"})
"""ISO 4217 codes that are known."""

_MONEY = re.compile(
    r"(?<![A-Za-z])(US\$|HK\$|[RSAC]\$|RM|Rs|Rp|Fr\.|zł|Kč|[€£₹¥₩₽₺₱฿$]|"
    + "|".join(sorted(CODES))
    + r")(?![A-Za-z])"
)
_DATE = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-](?:\d{4}|\d{2})(?!\d)")
_DECIMAL = re.compile(r"(?<![\d.,])\d{1,3}(?:[.,' ]?\d{3})*([.,])\d{2}(?![\d.,])")


@dataclass(frozen=True)
class PageLocale:
    """How a page writes its values.

    language: ISO 639, None where its words are few; region: ISO 3166; currency: the page's most
    frequent one; day_first: the order of its dates, `certain` where one of them shows it; decimal:
    its decimal separator, None where it shows none.
    """

    language: str | None = None
    region: str | None = None
    currency: str | None = None
    day_first: bool = True
    certain: bool = False
    decimal: str | None = None

    @property
    def name(self) -> str | None:
        """The locale's tag, as "de-AT"."""
        parts = [self.language or ("en" if self.region else None), self.region]
        return "-".join(part for part in parts if part) or None


def guess_locale(texts: Iterable[str]) -> PageLocale:
    """Guess the locale of a page from the texts of its regions."""
    return _guess("\n".join(texts))


@lru_cache(64)
def _guess(text: str) -> PageLocale:
    words = Counter(re.findall(r"[^\W\d_]+", text.casefold()))
    scores = {
        language: sum(words[word] for word in known.split()) for language, known in _WORDS.items()
    }
    language = max(scores, key=lambda name: scores[name])
    spoken = language if scores[language] >= 2 else None
    places = Counter(
        {region: len(re.findall(words, text, re.IGNORECASE)) for region, words in _PLACES.items()}
    )
    place = max(places, key=lambda region: places[region])
    region = place if places[place] else None
    currency = _currency(text, _MONEY_OF.get(region or ""))
    region = region or _REGIONS.get(currency or "")
    if region is None and spoken not in (None, "en"):
        region = _HOME[str(spoken)]
    orders = Counter(_order(int(first), int(second)) for first, second in _DATE.findall(text))
    certain = orders[True] != orders[False]
    decimals = Counter(_DECIMAL.findall(text))
    decimal = max(decimals, key=lambda sign: decimals[sign]) if decimals else None
    day_first = orders[True] > orders[False] if certain else region not in _MONTH_FIRST
    return PageLocale(spoken, region, currency, day_first, certain, decimal)


def currency_of(sign: str, locale: PageLocale) -> str | None:
    """The ISO code of a currency's sign or code, "$" by the page's locale; None of other words."""
    sign = sign.strip()
    if sign.upper() in CODES:
        return sign.upper()
    if sign == "$" and locale.currency:
        return locale.currency
    if sign in ("$", "kr", "¥"):
        local = {"US": "USD"} | {region: code for code, region in _REGIONS.items()}
        fits = {"$": ("USD", "AUD", "CAD", "SGD", "HKD", "NZD", "MXN"), "kr": ("SEK", "NOK", "DKK"),
                "¥": ("JPY", "CNY")}[sign]  # fmt: skip
        own = local.get(locale.region or "")
        return own if own in fits else fits[0]
    return next((code for known, code in _SYMBOLS.items() if known.upper() == sign.upper()), None)


def _currency(text: str, local: str | None) -> str | None:
    """The most frequent currency of a page; "$" is the local one, that of the US, or as named."""
    found: Counter[str] = Counter()
    for sign in _MONEY.findall(text):
        code = sign if sign in CODES else _SYMBOLS.get(sign, "$" if sign == "$" else None)
        found.update([code] if code else [])
    if not found:
        return None
    best = max(found, key=lambda code: found[code])
    if best != "$":
        return best
    named = [code for code in found if code.endswith("D")]
    dollars = [code for code in (*named, local) if code and code.endswith("D")]
    return dollars[0] if dollars else local if local and local != "EUR" else "USD"


def _order(first: int, second: int) -> bool | None:
    """Whether a date with these numbers shows that the day comes first."""
    if first > 12 >= second > 0 and first <= 31:
        return True
    if second > 12 >= first > 0 and second <= 31:
        return False
    return None

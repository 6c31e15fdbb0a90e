"""Which entries fit what somebody typed. Pure, and small enough that a terminal does it the same way offline."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from central.platforms.help.contract import Entry

_KEYWORD: Final = 8
_QUESTION: Final = 3
_ANSWER: Final = 1
"""How much it counts to have found a word there."""
_LONGEST: Final = 100


def search(entries: Sequence[Entry], query: str, limit: int) -> tuple[Entry, ...]:
    """The most fitting first. Words are whatever stands between spaces; of Chinese, each two characters in a row."""
    words = tuple(_words(_plain(query[:_LONGEST])))
    scored = ((_score(entry, words), -at, entry) for at, entry in enumerate(entries))
    found = sorted((one for one in scored if one[0] > 0), key=lambda one: one[:2], reverse=True)
    return tuple(entry for _, _, entry in found[:limit])


def _score(entry: Entry, words: Sequence[str]) -> int:
    keywords = [_plain(keyword) for keyword in entry.keywords]
    questions = _plain(" ".join(entry.question.values()))
    answers = _plain(" ".join(entry.answer.values()))
    total = 0
    for word in words:
        total += _KEYWORD * max((_fit(word, keyword) for keyword in keywords), default=0)
        total += _QUESTION * (word in questions) + _ANSWER * (word in answers)
    return total


def _fit(word: str, keyword: str) -> int:
    """2: the same; 1: one begins or holds the other. Two Latin letters begin too much to count."""
    if word == keyword:
        return 2
    if word.isascii():
        return int(len(word) > 2 and keyword.startswith(word))
    return int(word in keyword or keyword in word)


def _words(text: str) -> Iterable[str]:
    for word in text.split():
        if word.isascii() or len(word) <= 2:
            yield word
        else:
            yield from (word[at : at + 2] for at in range(len(word) - 1))


def _plain(text: str) -> str:
    """Wide letters as narrow ones, small, and punctuation as spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one if one.isalnum() else " " for one in folded)

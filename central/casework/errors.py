"""What cannot be done to a case, in words for whoever asked."""


class CaseworkError(Exception):
    """This cannot be done to the matter."""


class NoSuchCase(CaseworkError):
    """There is no such matter, or it is not yours to see."""


class NotPossible(CaseworkError):
    """The matter's state does not allow this. Load the page again: it may have changed."""


class Taken(CaseworkError):
    """Somebody else works on this matter. Ask her to release it, or take another."""


class NotYours(CaseworkError):
    """Only who has claimed the matter may do this. Claim it first."""


class ChangedMeanwhile(CaseworkError):
    """Somebody was faster. Nothing was done: load the page again and look what has changed."""


class UnknownReason(CaseworkError):
    """A refusal and a wanted supplement need a reason from the table, and what is missing where the reason says so."""


class BadData(CaseworkError):
    """A data file of the casework is wrong: mend it, then start the centre again."""

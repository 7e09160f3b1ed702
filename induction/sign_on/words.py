"""Why somebody was not let in, in words for them: what happened, and what they can do."""

from typing import NamedTuple

from induction.sign_on.rules import Reason


class Telling(NamedTuple):
    """A page that says so."""

    heading: str
    text: str


_AGAIN = (
    "What came back from {provider} cannot be used: it was for another visit, or it came late. "
    "Nothing is lost. Please begin again."
)
_OTHERS = (
    "You are signed in at {provider} with an account that is not one of {institute}. Sign out "
    "there, then come back and choose the account that you have from {institute}."
)

WORDS: dict[Reason, Telling] = {
    Reason.STATE: Telling("Please begin again", _AGAIN),
    Reason.UNTRUE: Telling("Please begin again", _AGAIN),
    Reason.ISSUER: Telling("Please begin again", _AGAIN),
    Reason.AUDIENCE: Telling("Please begin again", _AGAIN),
    Reason.NONCE: Telling("Please begin again", _AGAIN),
    Reason.EXPIRED: Telling("Please begin again", _AGAIN),
    Reason.SAID_NO: Telling(
        "You are not signed in",
        "{provider} did not let you in, or you pressed Cancel there. Nothing is lost. Try again, "
        "or sign in another way.",
    ),
    Reason.OTHER_TENANT: Telling("That is another account", _OTHERS),
    Reason.GUEST: Telling("That is another account", _OTHERS),
    Reason.UNKNOWN: Telling(
        "We do not know you yet",
        "{provider} told us who you are, but there is nobody of that name and address here. Your "
        "tutors see that you are waiting, and tell us who you are. Then you sign in the same way "
        "again. There is nothing else that you have to do. If it takes long, show them this page.",
    ),
    Reason.ENDED: Telling(
        "Your account here has ended",
        "What you did is kept. If you should still have an account, ask your tutor or an "
        "administrator.",
    ),
    Reason.STAFF: Telling(
        "Connect your account first",
        "Staff are not let in by their address alone. Open the link in your invitation, or sign in "
        "as before and press “Connect” under Your account. Without either, ask an administrator "
        "for a new link.",
    ),
    Reason.OTHER_IDENTITY: Telling(
        "Your account belongs to another sign-in",
        "Your account here is connected with another account at {provider}: you may have been "
        "given a new one. Nothing is lost. Ask an administrator to let you connect anew.",
    ),
    Reason.PASSWORD_FIRST: Telling(
        "Your password, this once",
        "You have used your account here with a password. Sign in with it once more and press "
        "“Connect” under Your account: from then on {provider} is enough. If you have forgotten "
        "it, the sign-in page sends you a link.",
    ),
    Reason.TAKEN: Telling(
        "That belongs to another account",
        "The account at {provider} that you chose is connected with somebody else’s account here. "
        "Nothing was changed. Choose your own there, or ask an administrator.",
    ),
    Reason.NOT_YOU: Telling(
        "That was somebody else",
        "The account at {provider} that you chose is not the one that you are signed in with here. "
        "Nothing was changed.",
    ),
    Reason.NOT_ASKED: Telling(
        "That does not prove it",
        "{provider} let you through without asking who you are. Nothing was changed. Sign out here "
        "and sign in again, and do it within ten minutes; or set up a second step under Your "
        "account, which is asked for here instead.",
    ),
    Reason.NO_ROLE: Telling(
        "You have no role at {provider}",
        "You have an account here as staff, but {provider} names no role of yours, and here both "
        "are needed. Ask whoever looks after {provider} at {institute}.",
    ),
}

"""Names of people as they are typed: whole, in any script, with nothing hidden inside. Pure."""

import re
import unicodedata

from induction.folding import fold
from induction.refusals import InvalidInput

# Marks that change the direction of the text around them (Unicode Bidi_Control), and signs that
# have neither width nor meaning in a name: soft hyphen, zero width space, word joiner and the like.
_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_LEFT_OUT = dict.fromkeys([*_BIDI, 0x00AD, 0x200B, *range(0x2060, 0x2065), 0xFEFF])
_UNSEEN = ("Cc", "Cs", "Co", "Cn")  # categories of characters that no name has
# Letters and signs that are drawn as nothing: Default_Ignorable, and the empty Braille cell.
_BLANK = {*"\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0", *map(chr, range(0x180B, 0x1810))}
LONGEST = 200
MOST_MARKS = 6  # on one letter of a name; pointed Hebrew has five


class NotAName(InvalidInput):
    """What was typed cannot be printed as a name. The message is for the person who typed it."""


def clean_line(text: str) -> str:
    """One line of text with outer and doubled spaces gone, in the form in which it is compared.

    Joiners that scripts need are kept. Raises NotAName where it has a hidden character, or marks
    piled up on a letter, which take ever longer to put in order.
    """
    if piled_up(text, MOST_MARKS):
        raise NotAName("There are too many marks on one letter. Type it again by hand.")
    text = unicodedata.normalize("NFC", text.translate(_LEFT_OUT))
    text = re.sub(r"\s+", " ", text).strip()
    if any(unicodedata.category(char) in _UNSEEN for char in text):
        raise NotAName("The name has a hidden control character. Type it again by hand.")
    return text


def visible(text: str) -> str:
    """The text with what clean_line takes out or refuses written out, such as [U+202E]."""
    return "".join(
        _written_out(char)
        if ord(char) in _LEFT_OUT or unicodedata.category(char) in _UNSEEN
        else char
        for char in text
    )


def readable(text: str) -> bool:
    """Whether there is anything to see, beside spaces and signs that nobody sees."""
    return any(unicodedata.category(char)[0] not in "ZCM" and char not in _BLANK for char in text)


def piled_up(text: str, most: int) -> bool:
    """Whether more combining marks than this follow each other somewhere."""
    if text.isascii():
        return False
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks > most:
            return True
    return False


def hidden_in(text: str) -> list[str]:
    """What clean_line leaves out of the text without a word, each written out once."""
    return [_written_out(char) for char in dict.fromkeys(text) if ord(char) in _LEFT_OUT]


def _written_out(char: str) -> str:
    return f"[U+{ord(char):04X}]"


def clean_name(text: str) -> str:
    """The name with outer and doubled spaces gone.

    Raises NotAName with words for the person: empty, too long, or with characters that are not
    part of any name.
    """
    text = clean_line(text)
    if not text:
        raise NotAName("Type a full name.")
    if len(text) > LONGEST:
        raise NotAName(f"A name can have at most {LONGEST} characters.")
    if any(unicodedata.category(char) == "So" for char in text):
        raise NotAName("A name cannot have pictures or emoji in it.")
    if not any(_is_letter(char) for char in text):
        raise NotAName("A name needs at least one letter.")
    return text


def _is_letter(char: str) -> bool:
    """Whether it is a letter that is seen and tells names apart; an apostrophe by itself is none.

    Unicode calls some apostrophes letters, and nothing is left of them where names are compared.
    """
    is_one = unicodedata.category(char).startswith("L") and char not in _BLANK
    return is_one and bool(bare_name(char))


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are the same name but for case, accents, and spacing."""
    return bare_name(one) == bare_name(other)


def plainly_another(typed: str, recorded: str) -> bool:
    """Whether a typed name is worth asking about: not the recorded one in another form.

    A part left out, another order, an initial or a short form ("Sam" for "Samantha") is that name.
    """
    if same_name(typed, recorded):
        return False
    fewer, more = sorted((_parts(typed), _parts(recorded)), key=len)
    return not fewer or not all(
        any(p.startswith(q) or q.startswith(p) for q in more) for p in fewer
    )


def _parts(name: str) -> list[str]:
    return [bare for word in re.split(r"[\s-]+", name) if (bare := bare_name(word))]


def likeness(name: str) -> str:
    """What two names have in common where only case, accents, spacing or the order differ."""
    return " ".join(sorted(_parts(name)))


def bare_name(text: str) -> str:
    """The name without case, accents, spacing and signs, for comparing."""
    folded = fold(text if text.isascii() else unicodedata.normalize("NFKC", text))
    return "".join(char for char in folded or "" if char.isalnum())

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
_SIGNS = " -'.,()\"/`"  # of ASCII, beside letters and digits
_PLAIN = re.compile(f"[A-Za-z0-9{re.escape(_SIGNS)}]*")
_AS_IN_ADDRESSES = re.compile(r"(?<=\w\w)\.(?=\w\w)")
LONGEST = 200
MOST_MARKS = 6  # on one letter of a name; pointed Hebrew has five


class NotAName(InvalidInput):
    """What was typed cannot be printed as a name. The message is for the person who typed it."""


def clean_line(text: str) -> str:
    """One line of text with outer and doubled spaces gone, in the form in which it is compared.

    Joiners that scripts need are kept. Raises NotAName where it has a hidden character, or marks
    piled up on a letter, which take ever longer to put in order.
    """
    if text.isascii() and text.isprintable():  # most are, and have nothing of all this
        return " ".join(text.split())
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
    if text.isascii():
        return []
    return [_written_out(char) for char in dict.fromkeys(text) if ord(char) in _LEFT_OUT]


def _written_out(char: str) -> str:
    return f"[U+{ord(char):04X}]"


# Scripts of which letters look like those of another: “а” is Cyrillic, “a” is not.
_ALIKE = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")


def mixed(name: str) -> str:
    """A sentence for staff where letters of scripts that look alike stand in one name, else "".

    It may be right; it may be another person’s name to the eye, and to no search.
    """
    if name.isascii():
        return ""
    by_script: dict[str, str] = {}
    for char in name:
        script = unicodedata.name(char, "").partition(" ")[0]
        if script in _ALIKE and _is_letter(char):
            by_script.setdefault(script, char)
    if len(by_script) < 2:
        return ""
    told = " and ".join(f"{script.title()} (“{char}”)" for script, char in by_script.items())
    return f"The name has letters of {told}, which can look alike: was it typed on one keyboard?"


_BEHIND_A_NAME = re.compile(
    r"(?:[JSjs]n?r|II|III|IV|B(?:A|Sc|Ed|Eng)|M(?:A|Sc|Ed|Eng|Phil)|PhD|MBE|OBE)\.?"
)


def in_order(listed: str) -> str:
    """Given and family name of “Family, Given”, as they are said; "" where it is none of these."""
    family, comma, given = (part.strip() for part in listed.partition(","))
    if not comma or not family or not given or "," in given or _BEHIND_A_NAME.fullmatch(given):
        return ""
    return f"{given} {family}"


def clean_name(text: str) -> str:
    """The name with outer and doubled spaces gone, and nothing in it that mail makes a link of.

    Raises NotAName with words for the person: empty, too long, or with characters that are not
    part of any name.
    """
    text = _AS_IN_ADDRESSES.sub(". ", clean_line(text))
    if not text:
        raise NotAName("Type a full name.")
    if len(text) > LONGEST:
        raise NotAName(f"A name can have at most {LONGEST} characters.")
    if "\N{REPLACEMENT CHARACTER}" in text:
        raise NotAName(
            "The name has a “\N{REPLACEMENT CHARACTER}”, where a letter got lost in a file or a "
            "program. Type that letter by hand."
        )
    if not text.isascii() and any(unicodedata.category(char) == "So" for char in text):
        raise NotAName("A name cannot have pictures or emoji in it.")
    if not any(_is_letter(char) for char in text):
        raise NotAName("A name needs at least one letter.")
    if strange := _strange_in(text):
        raise NotAName(
            f"A name cannot have “{strange}” in it. Letters, spaces, hyphens, apostrophes, full "
            "stops and commas can stand in one."
        )
    return text


def _strange_in(text: str) -> str:
    """The first sign of mark-up, of an address or of a formula; "" where there is none.

    Points and quotes of other scripts stay, since names are written with them.
    """
    if _PLAIN.fullmatch(text):
        return "//" if "//" in text else ""
    for char in text:
        for plain in unicodedata.normalize(
            "NFKC", char
        ):  # full-width forms are what they look like
            fits = plain.isalnum() or plain in _SIGNS
            if not fits if plain.isascii() else unicodedata.category(plain).startswith("S"):
                return char
    return "//" if "//" in unicodedata.normalize("NFKC", text) else ""


def _is_letter(char: str) -> bool:
    """Whether it is a letter that is seen and tells names apart; an apostrophe by itself is none.

    Unicode calls some apostrophes letters, and nothing is left of them where names are compared.
    """
    is_one = unicodedata.category(char).startswith("L") and char not in _BLANK
    return is_one and bool(bare_name(char))


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are the same name but for case, accents, and spacing."""
    return bare_name(one) == bare_name(other)


def plainly_another(typed: str, recorded: str, *, added: int | None = None) -> bool:
    """Whether a typed name is worth asking about: not the recorded one in another form.

    A part left out, another order, an initial or a short form ("Sam" for "Samantha") is that name.
    ``added``: of how many more words it may have; None for any number.
    """
    if typed == recorded or same_name(typed, recorded):
        return False
    said, known = _parts(typed), _parts(recorded)
    if added is not None and len(said) > len(known) + added:
        return True
    fewer, more = sorted((said, known), key=len)
    return not fewer or not _found_again(fewer, more)


def _found_again(fewer: list[str], more: list[str]) -> bool:
    """Whether each part of the one name is a part of the other, and no part of that is two.

    Where words were added nothing is shortened: else initials would hide behind another name.
    """
    left, as_many = list(more), len(fewer) == len(more)
    for part in sorted(fewer, key=len, reverse=True):
        fits = [q for q in left if q.startswith(part) or (as_many and part.startswith(q))]
        if not fits:
            return False
        left.remove(part if part in fits else max(fits, key=len))
    return True


def _parts(name: str) -> list[str]:
    if name.isascii() and name.replace(" ", "").isalnum():  # lists compare everybody’s
        return name.lower().split()
    return [bare for word in re.split(r"[\s-]+", name) if (bare := bare_name(word))]


_PARTICLES = {
    "al", "ap", "ben", "bin", "bint", "da", "de", "del", "della", "den", "der", "di", "dos", "du",
    "el", "ibn", "la", "le", "st", "ten", "ter", "van", "von",
}  # fmt: skip


def family_name(full_name: str) -> str:
    """The family name, as far as the whole name tells it: its last word, with its particles."""
    words = full_name.split()
    at = max(len(words) - 1, 0)
    while at > 1 and words[at - 1].casefold() in _PARTICLES:
        at -= 1
    return " ".join(words[at:])


def is_part(family: str, full_name: str) -> bool:
    """Whether a family name is one or more whole words of a name."""
    parts, whole = f" {bare_words(family)} ", f" {bare_words(full_name)} "
    return bool(parts.strip()) and parts in whole


def bare_words(text: str) -> str:
    """The words of a name in the form in which they are compared, with spaces between them."""
    return " ".join((fold(text) or "").split())


def sort_name(full_name: str, family: str | None = None) -> str:
    """What lists are sorted by: the family name, then the other names, folded."""
    last = bare_words(family or family_name(full_name))
    whole = f" {bare_words(full_name)} "
    rest = " ".join(whole.replace(f" {last} ", " ", 1).split()) if last else whole.strip()
    return f"{last} {rest}".strip()[: 2 * LONGEST]


def list_order(title: str) -> str:
    """What titles with numbers in them are sorted by: group 4 before Group 10."""
    return re.sub(r"\d+", lambda number: number[0].zfill(9), bare_words(title))[: 2 * LONGEST]


def likeness(name: str) -> str:
    """What two names have in common where only case, accents, spacing or the order differ."""
    return " ".join(sorted(_parts(name)))


def bare_name(text: str) -> str:
    """The name without case, accents, spacing and signs, for comparing."""
    folded = fold(text if text.isascii() else unicodedata.normalize("NFKC", text))
    return "".join(char for char in folded or "" if char.isalnum())

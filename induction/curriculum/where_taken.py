"""Whether a picture, sound or film of authors says where it was taken: phones write it inside."""

import io

from PIL import ExifTags, Image

_OF_A_FILM = (b"\xa9xyz", b"loci", b"location.ISO6709")  # as phones of all makers call it
_IN_XMP = b"GPSLatitude"


def picture_says_where(data: bytes) -> bool:
    """Whether whoever has this picture can read the place out of it."""
    if _IN_XMP in data:
        return True
    try:
        with Image.open(io.BytesIO(data)) as picture:
            place = picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    except Image.DecompressionBombError:  # too large to be looked into, so it may well
        return True
    except (OSError, SyntaxError, ValueError):  # no picture, or none that anybody can read
        return False
    return ExifTags.GPS.GPSLatitude in place


def film_says_where(data: bytes) -> bool:
    """Whether whoever has this film, or this sound, can read the place out of it."""
    told = _about_a_film(data)
    return any(name in told for name in _OF_A_FILM)


def _about_a_film(data: bytes) -> bytes:
    """What the file says of itself: its box ``moov``, beside the boxes of picture and sound."""
    at = 0
    while at + 8 <= len(data):
        size, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if size == 1:  # it is larger than four bytes can say
            size = int.from_bytes(data[at + 8 : at + 16])
        if name == b"moov":
            return data[at : at + size]
        if size < 8:  # it goes on to the end
            break
        at += size
    return b""

"""Pictures that people upload: known by their content, drawn anew, nothing else kept. Pure."""

import io
import struct
import zlib

from PIL import Image, ImageOps, UnidentifiedImageError

from induction.refusals import InvalidInput

MOST_PIXELS = 40_000_000  # a picture that would unpack to more is refused before it is unpacked


# What Pillow raises, beside its own errors, where a file is damaged here or there.
_DAMAGED = (
    ArithmeticError, AttributeError, IndexError, KeyError, MemoryError, SyntaxError, TypeError,
    ValueError, struct.error, zlib.error,
)  # fmt: skip


class NotAPicture(InvalidInput):
    """The file cannot be used as a picture. The message is for whoever chose it."""


def as_png(data: bytes, *, widest: int, highest: int) -> bytes:
    """The picture drawn anew as PNG, at most so large: no metadata, no place, no hidden file.

    Raises NotAPicture for anything but a PNG, JPEG or WebP picture of a sensible size.
    """
    try:
        picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
        if picture.width * picture.height > MOST_PIXELS:
            raise NotAPicture("The picture is too large. Use one of at most 40 million pixels.")
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((widest, highest))
        out = io.BytesIO()
        clean = Image.new("RGBA", upright.size)
        clean.paste(upright.convert("RGBA"))
        clean.save(out, "PNG", optimize=True)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, *_DAMAGED) as error:
        raise NotAPicture("This is not a PNG, JPEG or WebP picture. Choose another.") from error
    return out.getvalue()

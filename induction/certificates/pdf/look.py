"""How a provider's certificates look: no part of the evidence, so the record says nothing of it."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image


@dataclass(frozen=True, slots=True)
class Look:
    """``accent`` is a colour as ``#rrggbb``; ``logo`` a picture, or empty for our own mark."""

    accent: str = "#0d5c5a"
    logo: bytes = b""

    @property
    def logo_shape(self) -> float | None:
        """How many times as wide as high the logo is; None where there is none."""
        if not self.logo:
            return None
        with Image.open(BytesIO(self.logo)) as picture:
            return picture.width / picture.height


OURS = Look()

"""Codes of an authenticator app (TOTP, RFC 6238): six digits, a new one every thirty seconds. Pure.

Its secret is kept sealed, with a key made of the installation's SECRET_KEY: whoever has the
database alone makes no codes.
"""

import base64
import hmac
from datetime import datetime

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

STEP = 30  # seconds
NEIGHBOURS = (0, -1, 1)  # steps that a phone's clock may be out
new_secret = pyotp.random_base32


def seal(secret: str, key: str, whose: str) -> str:
    """The secret, closed with this installation's key, for this person alone."""
    return _box(key, whose).encrypt(secret.encode()).decode()


def opened(sealed: str, key: str, whose: str) -> str | None:
    """The secret again; None where it was closed with another key, or for somebody else."""
    try:
        return _box(key, whose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _box(key: str, whose: str) -> Fernet:
    made = HKDF(SHA256(), 32, salt=None, info=f"authenticator {whose}".encode()).derive(
        key.encode()
    )
    return Fernet(base64.urlsafe_b64encode(made))


def step_of(secret: str, code: str, *, now: datetime, after: int = 0) -> int | None:
    """The step of the clock for which this is the code; None for a wrong or a used one.

    ``after`` is the step of the last code that counted: none up to it counts again.
    """
    present, app = int(now.timestamp()) // STEP, pyotp.TOTP(secret)
    for step in (present + out for out in NEIGHBOURS):
        if step > after and hmac.compare_digest(app.generate_otp(step).encode(), code.encode()):
            return step
    return None


def picture(secret: str, *, account: str, issuer: str) -> str:
    """What an app's camera reads, as the address of a picture."""
    address = pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)
    return segno.make_qr(address, error="m").svg_data_uri(scale=5, border=3)


def in_groups(secret: str) -> str:
    """The secret to be typed by hand, four characters at a time."""
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))

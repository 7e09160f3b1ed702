"""Time stamps of an authority outside (RFC 3161): it says when it saw something, and signs that.

It sees a SHA-256 and nothing else. Whether to believe it is for whoever checks a stamp with the
authority's certificate; we see to it that the stamp is about what we asked.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import requests
from asn1crypto import tsp  # type: ignore[import-untyped]

PATIENCE = 20.0  # seconds without a word, and for the whole answer once it has begun
LARGEST = 64 * 1024  # bytes of an answer, with the authority's certificates
_GRANTED = ("granted", "granted_with_mods")


class NoStamp(Exception):
    """The authority gave none, or it is about something else. The message says which."""


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """When the authority saw it, and its answer (DER), as ``openssl ts -verify -in`` takes it."""

    at: datetime
    answer: bytes


def ask(url: str, data: bytes) -> TimeStamp:
    """Have the authority at this address stamp these bytes. Raises NoStamp."""
    nonce = secrets.randbits(63)
    wanted = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {
                "hash_algorithm": {"algorithm": "sha256"},
                "hashed_message": hashlib.sha256(data).digest(),
            },
            "nonce": nonce,
            "cert_req": True,
        }
    )
    return read(_answer(url, wanted.dump()), data, nonce)


def _answer(url: str, request: bytes) -> bytes:
    try:
        with requests.post(
            url,
            request,
            headers={
                "Content-Type": "application/timestamp-query",
                "Accept-Encoding": "identity",
            },
            timeout=PATIENCE,
            allow_redirects=False,
            stream=True,
        ) as answer:
            if answer.status_code != requests.codes.ok:
                raise NoStamp(f"the authority answers {answer.status_code}")
            return _whole(answer)
    except (requests.RequestException, OSError) as error:
        raise NoStamp(f"the authority cannot be reached: {type(error).__name__}") from error


def _whole(answer: requests.Response) -> bytes:
    """The answer as it comes. The worker has other things to do than to wait for drops."""
    began, body = time.monotonic(), b""
    for byte in answer.iter_content(1):  # more at a time would be waited for
        body += byte
        if len(body) > LARGEST or time.monotonic() - began > PATIENCE:
            raise NoStamp("the authority’s answer is too long, or comes too slowly")
    return body


def read(answer: bytes, data: bytes, nonce: int | None = None) -> TimeStamp:
    """What an answer says of these bytes. Raises NoStamp where it is about anything else."""
    try:
        response = tsp.TimeStampResp.load(answer, strict=True)
        status = response["status"]["status"].native
        if status not in _GRANTED:
            raise NoStamp(f"the authority says: {status}")
        said = response["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
        imprint, at = said["message_imprint"], said["gen_time"].native
        algorithm = imprint["hash_algorithm"]["algorithm"].native
        about, again = imprint["hashed_message"].native, said["nonce"].native
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NoStamp("the answer is no time stamp") from error
    if (algorithm, about) != ("sha256", hashlib.sha256(data).digest()):
        raise NoStamp("the stamp is about something else")
    if nonce is not None and again != nonce:
        raise NoStamp("the stamp answers another question")
    return TimeStamp(at.astimezone(UTC), answer)

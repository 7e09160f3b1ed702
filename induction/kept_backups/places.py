"""Where backups are kept: a folder, or a bucket of a store that speaks as Amazon's S3 does."""

import hashlib
import importlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

PIECE = 2**20  # bytes that are read at once


class BackupPlace(Protocol):
    """Files by name. Everything in it raises OSError where the place cannot be used."""

    def names(self) -> list[str]:
        """What is there, ours or not."""

    def put(self, file: Path, name: str) -> None:
        """Copy a file in; it bears its name only once it is whole."""

    def sha256(self, name: str) -> str:
        """The digest of what is there, read back from the place."""

    def remove(self, name: str) -> None:
        """Let it go."""


class BackupFolder:
    """A folder, on a disk or a mounted share. Its files are for their owner alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """What is there; the folder is made where it is missing, its parent is not."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        return [path.name for path in self.folder.iterdir() if path.is_file()]

    def put(self, file: Path, name: str) -> None:
        """Copy under another name first, which a try that was cut off leaves to the next."""
        partial = self.folder / f".{name}.partial"
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600, exist_ok=False)
        shutil.copyfile(file, partial)
        partial.replace(self.folder / name)

    def sha256(self, name: str) -> str:
        """Of the file as it is there."""
        return digest_of(self.folder / name)

    def remove(self, name: str) -> None:
        """Of several who do so at once, each is right."""
        (self.folder / name).unlink(missing_ok=True)


class BackupBucket:
    """A bucket. Keys and region come from where boto3 looks for them."""

    def __init__(self, bucket: str, prefix: str) -> None:
        with _as_os_error():
            self.client: Any = importlib.import_module("boto3").client("s3")
        self.bucket, self.prefix = bucket, prefix

    def names(self) -> list[str]:
        """The keys below our prefix, without it."""
        ask = self.client.get_paginator("list_objects_v2")
        with _as_os_error():
            pages = list(ask.paginate(Bucket=self.bucket, Prefix=self.prefix))
        found = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return [key.removeprefix(self.prefix) for key in found]

    def put(self, file: Path, name: str) -> None:
        """In parts where it is large; the store shows it only once it is whole."""
        with _as_os_error():
            self.client.upload_file(str(file), self.bucket, self.prefix + name)

    def sha256(self, name: str) -> str:
        """Of what the store gives back, piece by piece."""
        found = hashlib.sha256()
        with _as_os_error():
            got = self.client.get_object(Bucket=self.bucket, Key=self.prefix + name)
            for piece in got["Body"].iter_chunks(PIECE):
                found.update(piece)
        return found.hexdigest()

    def remove(self, name: str) -> None:
        """A bucket that keeps versions keeps this one, as its owner wishes."""
        with _as_os_error():
            self.client.delete_object(Bucket=self.bucket, Key=self.prefix + name)


@contextmanager
def _as_os_error() -> Iterator[None]:
    """What boto3 raises, in the one kind that every place has."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise OSError("s3:// needs boto3: install it beside the application") from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("botocore", "boto3", "s3transfer"):
            raise
        raise OSError(f"the store says: {error}") from error


def place_of(where: str) -> BackupPlace:
    """The place that INDUCTION_BACKUP names: a folder's path, or s3://bucket/prefix."""
    if not where.startswith("s3://"):
        return BackupFolder(Path(where))
    parts = urlsplit(where)
    prefix = parts.path.strip("/")
    return BackupBucket(parts.netloc, f"{prefix}/" if prefix else "")


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Files at a URI (`s3://bucket/sweeps`, `gs://...`), by their names below it. This module knows nothing of sweeps.

Pyarrow reads S3 and Google's storage; the fsspec package for a scheme reads that scheme, where it is installed.
Credentials come from where these libraries look (environment, profile, instance) and never from the URI, since the URI
is written into records and reports.
"""

from __future__ import annotations

import functools
import os
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reports.records.errors import SweepError
from tune_jobs.redaction import secret_in

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem


_PYARROW_SCHEMES = ("s3:", "gs:", "gcs:")  # Pyarrow reads these schemes itself.


@dataclass(frozen=True)
class Stamp:
    """The size and time by which two versions of a file are told apart; some stores keep no time."""

    size: int
    time_ns: int | None


class ObjectStorage:
    """The files under a URI. Every method raises OSError where the storage cannot be reached.

    Raises:
        SweepError: the URI cannot be used; the text says why.
    """

    def __init__(self, uri: str) -> None:
        self.uri = below(uri, "")
        _refuse_unusable(self.uri)

    @functools.cached_property
    def _opened(self) -> tuple[FileSystem, str]:
        return _file_system(self.uri)  # This asks S3 for the bucket's region, so it is done only when needed.

    @property
    def _files(self) -> FileSystem:
        return self._opened[0]

    @property
    def _root(self) -> str:
        return self._opened[1]

    def refuse_missing(self) -> None:
        """Raise SweepError if there is no such bucket, which would look like an empty folder in a listing."""
        from pyarrow.fs import FileType

        bucket = self._root.partition("/")[0]
        if self.uri.startswith(_PYARROW_SCHEMES) and self._files.get_file_info(bucket).type is FileType.NotFound:
            raise SweepError(f"--storage {self.uri}: there is no bucket {bucket!r}; create it, or choose another")

    def names(self, under: str = "") -> dict[str, Stamp]:
        """Every file in all folders below, without names that lead out of a folder."""
        from pyarrow.fs import FileSelector, FileType

        selector = FileSelector(self._path(under), recursive=True, allow_not_found=True)
        files = [info for info in self._files.get_file_info(selector) if info.type is FileType.File]
        named = {info.path.removeprefix(self._root).lstrip("/"): Stamp(info.size, info.mtime_ns) for info in files}
        return {name: stamp for name, stamp in named.items() if stays_below(name)}

    def has(self, name: str) -> bool:
        from pyarrow.fs import FileType

        return bool(self._files.get_file_info(self._path(name)).type is FileType.File)

    def get(self, name: str, to: Path) -> None:
        """Fetch a file; the target holds the old content or the new one, never half of one.

        Raises:
            FileNotFoundError: there is no such file.
        """
        from pyarrow.fs import FileType, LocalFileSystem, copy_files

        info = self._files.get_file_info(self._path(name))
        if info.type is not FileType.File:
            raise FileNotFoundError(f"{self.uri}/{name}")
        to.parent.mkdir(parents=True, exist_ok=True)
        beside = to.with_name(f".{to.name}.{os.getpid()}")
        try:
            copy_files(self._path(name), str(beside), self._files, LocalFileSystem())
            if info.mtime_ns is not None:  # some stores keep no times
                os.utime(beside, ns=(info.mtime_ns, info.mtime_ns))
            beside.replace(to)
        finally:
            beside.unlink(missing_ok=True)

    def put(self, source: Path, name: str) -> None:
        """Send a file; readers see it once it is whole."""
        from pyarrow.fs import LocalFileSystem, copy_files

        copy_files(str(source), self._path(name), LocalFileSystem(), self._files)

    def delete(self, name: str) -> None:
        """Delete a file; it is no error if there is none."""
        try:
            self._files.delete_file(self._path(name))
        except FileNotFoundError:
            return

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}".rstrip("/")


def stays_below(name: str) -> bool:
    """Whether a file of that name lies below the folder that it is put into, since none of its parts leads out."""
    return not {"", ".", ".."} & set(name.split("/")) and "\0" not in name


def is_uri(storage: str) -> bool:
    return "://" in storage


def below(uri: str, name: str) -> str:
    """The URI of a name below another URI; whatever follows a `?` stays at the end."""
    parts = urllib.parse.urlsplit(uri)
    return parts._replace(path=f"{parts.path.rstrip('/')}/{name}".rstrip("/")).geturl()


def _refuse_unusable(uri: str) -> None:
    parts = urllib.parse.urlsplit(uri)
    if secret_in(uri):
        raise SweepError(f"--storage {parts.scheme}://...: keep keys out of the URI; set AWS_ACCESS_KEY_ID and so on")
    if parts.scheme in ("http", "https"):
        raise SweepError(f"--storage {uri}: a web address keeps no files; use s3://, gs:// or a folder")
    if not parts.netloc:
        raise SweepError(f"--storage {uri}: name a bucket, such as {parts.scheme}://bucket/sweeps")


def _file_system(uri: str) -> tuple[FileSystem, str]:
    import pyarrow
    from pyarrow.fs import FileSystem, FSSpecHandler, PyFileSystem

    try:
        files, root = FileSystem.from_uri(uri)
    except pyarrow.ArrowInvalid as error:
        if uri.startswith(_PYARROW_SCHEMES):
            raise SweepError(f"--storage {uri}: {error}") from None
        import fsspec

        try:
            files, root = fsspec.core.url_to_fs(uri)
        except (ImportError, ValueError) as error:
            raise SweepError(f"--storage {uri}: {error}") from None
        files = PyFileSystem(FSSpecHandler(files))
    return files, root.rstrip("/")


def first_line(error: Exception) -> str:
    """The first line of an error's text, since pyarrow adds hints below it."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).strip().splitlines()[0]

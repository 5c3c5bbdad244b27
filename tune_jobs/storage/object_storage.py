"""Files at a URI (`s3://bucket/sweeps`, `gs://...`), by their names below it. Knows nothing of sweeps.

S3 and Google's storage are read by pyarrow; other schemes by the fsspec package for them, where it is installed.
Credentials come from where each of these looks (environment, profile, instance), never from the URI, since that is
written into records and reports.
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


_ARROWS = ("s3:", "gs:", "gcs:")  # schemes that pyarrow reads itself


@dataclass(frozen=True)
class Stamp:
    """By which a file's versions are told apart."""

    size: int
    time_ns: int


class ObjectStorage:
    """The files under a URI. What cannot be reached raises OSError, from every method.

    Raises:
        SweepError: the URI is none that can be used; the text says why.
    """

    def __init__(self, uri: str) -> None:
        self.uri = below(uri, "")
        _refuse_unusable(self.uri)

    @functools.cached_property
    def _opened(self) -> tuple[FileSystem, str]:
        return _file_system(self.uri)  # asks S3 for the bucket's region, so not before it is needed

    @property
    def _files(self) -> FileSystem:
        return self._opened[0]

    @property
    def _root(self) -> str:
        return self._opened[1]

    def refuse_missing(self) -> None:
        """Raises SweepError if there is no such bucket; in a listing it would look like an empty folder."""
        from pyarrow.fs import FileType

        bucket = self._root.partition("/")[0]
        if self.uri.startswith(_ARROWS) and self._files.get_file_info(bucket).type is FileType.NotFound:
            raise SweepError(f"--storage {self.uri}: there is no bucket {bucket!r}; create it, or choose another")

    def names(self, under: str = "") -> dict[str, Stamp]:
        """Every file, in all folders below; names that lead out of a folder are left out."""
        from pyarrow.fs import FileSelector, FileType

        selector = FileSelector(self._path(under), recursive=True, allow_not_found=True)
        files = [info for info in self._files.get_file_info(selector) if info.type is FileType.File]
        named = {info.path.removeprefix(self._root).lstrip("/"): Stamp(info.size, info.mtime_ns) for info in files}
        return {name: stamp for name, stamp in named.items() if stays_below(name)}

    def has(self, name: str) -> bool:
        from pyarrow.fs import FileType

        return bool(self._files.get_file_info(self._path(name)).type is FileType.File)

    def get(self, name: str, to: Path) -> None:
        """Fetch a file; the place where it goes holds the old one or the new one, never half of one.

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
            os.utime(beside, ns=(info.mtime_ns, info.mtime_ns))
            beside.replace(to)
        finally:
            beside.unlink(missing_ok=True)

    def put(self, source: Path, name: str) -> None:
        """Send a file; readers see it when it is whole."""
        from pyarrow.fs import LocalFileSystem, copy_files

        copy_files(str(source), self._path(name), LocalFileSystem(), self._files)

    def delete(self, name: str) -> None:
        """Delete a file; that it is not there is no error."""
        try:
            self._files.delete_file(self._path(name))
        except FileNotFoundError:
            return

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}".rstrip("/")


def stays_below(name: str) -> bool:
    """Whether a file of that name lies below the folder that it is put in."""
    return not {"", ".", ".."} & set(name.split("/")) and "\0" not in name


def is_uri(storage: str) -> bool:
    return "://" in storage


def below(uri: str, name: str) -> str:
    """The URI of what lies below another; what follows its `?` stays at the end."""
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
        if uri.startswith(_ARROWS):
            raise SweepError(f"--storage {uri}: {error}") from None
        import fsspec

        try:
            files, root = fsspec.core.url_to_fs(uri)
        except (ImportError, ValueError) as error:
            raise SweepError(f"--storage {uri}: {error}") from None
        files = PyFileSystem(FSSpecHandler(files))
    return files, root.rstrip("/")


def first_line(error: Exception) -> str:
    """What pyarrow says, without its hints."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).strip().splitlines()[0]

"""The media store on a file system."""

from app.adapters.store.factory import file_store
from app.adapters.store.files import FileStore, Incomplete
from app.adapters.store.types import FileType, identify

__all__ = ["FileStore", "FileType", "Incomplete", "file_store", "identify"]

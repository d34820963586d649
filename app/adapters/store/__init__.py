"""The media store on a file system: content-addressed files, their types, and the inventory."""

from app.adapters.store.factory import file_store, inventory, thumbnails_root
from app.adapters.store.files import FileStore, Incomplete
from app.adapters.store.inventory import Inventory
from app.adapters.store.types import FileType, identify

__all__ = ["FileStore", "FileType", "Incomplete", "Inventory", "file_store", "identify", "inventory", "thumbnails_root"]

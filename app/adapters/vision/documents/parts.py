"""Reads the texts of many parts of one document: a fault in one of them keeps the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from lxml import etree

from app.adapters.vision.decode_errors import of_this_machine
from app.adapters.vision.documents.collector import Collector, Forbidden, Full, Rules, Text, local
from app.adapters.vision.documents.package import FAULTS, Package, TooLarge
from app.adapters.vision.frames import Opened
from app.adapters.vision.tuning import TUNING
from app.domain.reading import Inspection
from app.errors import Permanent


class Parts:
    """The text of a document's parts, in the order in which they are read, and the first fault among them."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.text = Text(TUNING.text_limit)
        self.damaged: str | None = None
        self.read = 0  # more than 0 if any part was read
        self.full = False

    def take(self, name: str, reading: Callable[[], None], *, text: bool = True) -> None:
        """Runs one reading of a part; a fault of it is kept, and the rest goes on. text: whether the part has any."""
        if self.full:
            return
        before = self.text.length
        try:
            reading()
            self.read += text
        except Full:
            self.full = True
        except Forbidden:
            self._fault(name, "it defines a document type, which no part may")
        except KeyError:
            self._fault(name, "it is missing")
        except (*FAULTS, TooLarge, etree.LxmlError, OSError) as error:
            if of_this_machine(error):
                raise
            self._fault(name, str(error) or type(error).__name__)

        self.read += self.text.length > before  # the text before a fault is kept

    def _fault(self, name: str, reason: str) -> None:
        self.damaged = self.damaged or f"{name}: {reason}"[:300]

    def xml(self, names: Iterable[str], rules: Rules) -> None:
        """Takes the text of parts in XML."""
        for name in names:
            self.take(name, lambda name=name: self._xml(name, rules))  # type: ignore[misc]

    def _xml(self, name: str, rules: Rules) -> None:
        feed(self.package.pieces(name), Collector(rules, self.text))
        self.text.end("\n")

    def elements(self, name: str, wanted: str) -> list[dict[str, str]]:
        """The attributes of each element of that local name in one part, at most MOST; none if it cannot be read."""
        found = Elements(wanted)
        self.take(name, lambda: feed(self.package.pieces(name), found), text=False)
        return found.found

    def opened(self, what: str, pages: int | None = None) -> Opened:
        """The document. Permanent if it has faults and no part of it could be read. what: "Word document"."""
        if self.damaged and not self.read:
            raise Permanent(f"no part of the {what} can be read: {self.damaged}")
        inspection = Inspection(pages=pages, damaged=self.damaged)
        return Opened((), inspection, page_like=True, text=self.text.text)


class Elements:
    """The target of a parser that collects the attributes of elements of one name, by their local names."""

    MOST = 20_000

    def __init__(self, wanted: str) -> None:
        self.found: list[dict[str, str]] = []
        self._wanted = wanted

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        """Refuses a document type, as Collector does."""
        raise Forbidden

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begins an element."""
        if local(tag) == self._wanted and len(self.found) < self.MOST:
            self.found.append({local(name): value for name, value in attributes.items()})

    def close(self) -> None:
        """Ends the part."""


def feed(pieces: Iterator[bytes], target: object) -> None:
    """Runs a parser of XML over pieces: no entity is resolved, no address is followed, no tree is built."""
    parser = etree.XMLParser(target=target, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    for piece in pieces:
        parser.feed(piece)
    parser.close()

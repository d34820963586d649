"""Reads the values of a PDF's form fields, with or without a drawn appearance, as lines "name: value"."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pypdfium2.raw as pdfium

FIELDS = 2_000  # of a page
VALUE = 20_000  # characters of one value
PASSWORD = 1 << 13  # flag of a text field whose value is not shown
CHECKED = (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON)
CHOSEN = (pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX)


def form_lines(page: Any) -> Iterator[str]:
    """The fields of a page that have a value, each once: a field may stand on a page in several places."""
    form = page.formenv
    seen = set()
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), FIELDS) if form else 0):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        try:
            line = _line(form, annotation) if _is_field(annotation) else None
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
        if line and line not in seen:
            seen.add(line)
            yield line


def _is_field(annotation: Any) -> bool:
    if not annotation or pdfium.FPDFAnnot_GetSubtype(annotation) != pdfium.FPDF_ANNOT_WIDGET:
        return False
    return not pdfium.FPDFAnnot_GetFlags(annotation) & pdfium.FPDF_ANNOT_FLAG_HIDDEN


def _line(form: Any, annotation: Any) -> str | None:
    value = _value(form, annotation)
    if not value:
        return None
    name = _text(pdfium.FPDFAnnot_GetFormFieldName, form, annotation)
    return f"{name}: {value}" if name else value


def _value(form: Any, annotation: Any) -> str:
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in CHECKED:
        return _checked(form, annotation)
    if kind in CHOSEN:
        return ", ".join(_chosen(form, annotation)) or _text(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation)
    if kind != pdfium.FPDF_FORMFIELD_TEXTFIELD:
        return ""
    secret = pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation) & PASSWORD
    return "" if secret else _text(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation)


def _checked(form: Any, annotation: Any) -> str:
    """The value of a marked box. One without a picture of its mark has its value alone."""
    if pdfium.FPDFAnnot_IsChecked(form, annotation):
        return _text(pdfium.FPDFAnnot_GetFormFieldExportValue, form, annotation) or "Yes"
    value = _text(_own_value, form, annotation)
    return "" if value == "Off" else value


def _own_value(_form: Any, annotation: Any, buffer: Any, size: int) -> int:
    return int(pdfium.FPDFAnnot_GetStringValue(annotation, b"V", buffer, size))


def _chosen(form: Any, annotation: Any) -> Iterator[str]:
    for index in range(min(pdfium.FPDFAnnot_GetOptionCount(form, annotation), FIELDS)):
        if pdfium.FPDFAnnot_IsOptionSelected(form, annotation, index):
            ask = partial(_label, index)
            yield _text(ask, form, annotation)


def _label(index: int, form: Any, annotation: Any, buffer: Any, size: int) -> int:
    return int(pdfium.FPDFAnnot_GetOptionLabel(form, annotation, index, buffer, size))


def _text(ask: Callable[..., int], form: Any, annotation: Any) -> str:
    """A text in UTF-16 that PDFium writes into a buffer: asked once for its length in bytes, once for itself."""
    size = ask(form, annotation, None, 0)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    ask(form, annotation, buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", errors="ignore")[:VALUE].strip()

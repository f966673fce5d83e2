"""A one-page PDF of an invoice, written by hand: enough of the format for any reader to open it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_TOP, _LEFT, _LEADING, _SIZE = 800, 50, 16, 10
_LONGEST, _MOST_LINES = 90, 40


def invoice_pdf(invoice: dict[str, Any], customer: str) -> bytes:
    """The invoice's number, customer, lines and total, amounts as the API sends them, in their own unit."""
    unit = invoice["credit_type"]["name"]
    lines = invoice["line_items"]
    rows = [
        f"Invoice {invoice['id']}",
        f"{customer}, {invoice['status']}, issued {invoice['issued_at'][:10]}",
        "",
        *(f"{line['name']}: {line['total']} {line['credit_type']['name']}" for line in lines[:_MOST_LINES]),
    ]
    if len(lines) > _MOST_LINES:
        rows.append(f"and {len(lines) - _MOST_LINES} more lines")
    return _document([*rows, "", f"Total: {invoice['total']} {unit}"])


def _document(rows: Iterable[str]) -> bytes:
    """Catalog, page tree, page, font and the page's text, then the table that says where each of them begins."""
    content = _text(rows)
    bodies = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
        b" /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    )
    written, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, len(written))
    return written + head + table + trailer


def _text(rows: Iterable[str]) -> bytes:
    """Drawing orders for one row under another."""
    shown = b"".join(b"(%s) Tj T*\n" % _escaped(row) for row in rows)
    return b"BT\n/F1 %d Tf\n%d TL\n%d %d Td\n%sET" % (_SIZE, _LEADING, _LEFT, _TOP, shown)


def _escaped(row: str) -> bytes:
    """Text as a PDF string holds it; what the font cannot show becomes a question mark."""
    plain = "".join(letter if letter.isprintable() else " " for letter in row[:_LONGEST])
    return plain.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")

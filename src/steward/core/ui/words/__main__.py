# SPDX-License-Identifier: Apache-2.0
"""`python -m steward.core.ui.words`: bring the catalogues up to date with the source, compile them, name what is not said yet."""

import sys
from pathlib import Path

from steward.core.ui.words.catalogue import Entry, compiled, merged, read, written
from steward.core.ui.words.gather import gather

PACKAGE = Path(__file__).resolve().parents[3]
LANGUAGES = {
    "tr": "Project-Id-Version: steward\nLanguage: tr\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\nPlural-Forms: nplurals=2; plural=(n > 1);\n",
}
FORMS = {"tr": 2}


def folder(language: str) -> Path:
    """Where a language's catalogue lies."""
    return PACKAGE / "locale" / language / "LC_MESSAGES"


def current(language: str) -> list[Entry]:
    """The entries a language's catalogue should have now, with what it says."""
    _header, known = read(folder(language) / "django.po")
    return merged(gather(PACKAGE), known, FORMS[language])


def main() -> int:
    """Update every language; 1 when something is not said in one of them."""
    missing = 0
    for language, header in LANGUAGES.items():
        entries = current(language)
        folder(language).mkdir(parents=True, exist_ok=True)
        (folder(language) / "django.po").write_text(written(header, entries), encoding="utf-8")
        (folder(language) / "django.mo").write_bytes(compiled(header, entries))
        open_ones = [entry for entry in entries if not entry.complete]
        missing += len(open_ones)
        print(f"{language}: {len(entries)} texts, {len(open_ones)} not said yet")
        for entry in open_ones:
            print(f"  {entry.places[0]}: {entry.message.text!r}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())

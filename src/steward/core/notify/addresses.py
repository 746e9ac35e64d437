# SPDX-License-Identifier: Apache-2.0
"""An address as it goes over the line: mail servers read letters of the English alphabet alone."""

import idna


def on_the_line(address: str) -> str:
    """`address` with its domain in the form that servers know (IDNA 2008, folded as UTS 46 says): info@bücher.example becomes
    info@xn--bcher-kva.example. What stands before the @ has no such form and stays.

    Raises ValueError for a domain that is none.
    """
    local, at, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}{at}{idna.encode(domain, uts46=True).decode()}"

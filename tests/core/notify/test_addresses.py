# SPDX-License-Identifier: Apache-2.0
import pytest

from steward.core.notify.addresses import on_the_line


# The forms are those of RFC 5891 and of Unicode's UTS 46; straße.de is a domain of its own, which the older standard took for another.
@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("info@bücher.example", "info@xn--bcher-kva.example"),
        ("info@BÜCHER.example", "info@xn--bcher-kva.example"),
        ("info@straße.example", "info@xn--strae-oqa.example"),
        ("info@ışık.example", "info@xn--k-ekaa7p.example"),
        ("info@例え.テスト", "info@xn--r8jz45g.xn--zckzah"),
        ("Info@Acme.Example", "Info@Acme.Example"),
        ("gül@acme.example", "gül@acme.example"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_domain_is_written_as_servers_know_it(given: str, written: str) -> None:
    assert on_the_line(given) == written


@pytest.mark.parametrize("given", ["info@-ü.example", "info@ü..example", f"info@{'ü' * 80}.example", "info@ü example"])
def test_a_domain_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(ValueError):
        on_the_line(given)

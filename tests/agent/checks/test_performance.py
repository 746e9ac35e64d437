# SPDX-License-Identifier: Apache-2.0
"""What plugins print, read against the guidelines: by example, by a slow reader made from a regular expression, by garbage."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from steward_agent.checks.performance import MAX_ITEMS, Item, Range, read_items, read_output, read_range


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("load1=1.850;5.000;10.000;0;", [Item("load1", 1.85, "", Range(0, 5), Range(0, 10), 0.0)]),
        ("/=4214MB;;;0;8000", [Item("/", 4214 * 2**20, "B", low=0.0, high=8000 * 2**20)]),
        ("time=12ms", [Item("time", 0.012, "s")]),
        ("a=3us b=2s c=7c d=5% e=1KB f=1TB", [
            Item("a", 3e-6, "s"), Item("b", 2.0, "s"), Item("c", 7.0, "c"), Item("d", 5.0, "%"),
            Item("e", 1024.0, "B"), Item("f", 2.0**40, "B"),
        ]),
        ("'C:\\ used space'=5", [Item("C:\\ used space", 5.0, "")]),
        ("'it''s a=b'=5;", [Item("it's a=b", 5.0, "")]),
        ("''''=1", [Item("'", 1.0, "")]),
        ("rta=0.17ms;100;500;0 pl=0%;20;60;;", [
            Item("rta", 0.00017, "s", Range(0, 0.1), Range(0, 0.5), 0.0),
            Item("pl", 0.0, "%", Range(0, 20), Range(0, 60)),
        ]),
        ("neg=-.5e1s;@-5:5;~:3", [Item("neg", -5.0, "s", Range(-5, 5, inside=True), Range(None, 3))]),
        # What is not so is passed over, and what stands beside it is not.
        ("broken a=U b=1,5 c=5furlongs d= =3 'open=1", []),
        ("a b=2 junk;; c=3", [Item("b", 2.0, ""), Item("c", 3.0, "")]),
        ("'x'y=1 z=1", [Item("z", 1.0, "")]),
        ("big=1e999 nan=nan inf=inf", []),
    ],
)  # fmt: skip
def test_performance_data_is_read(text, items):
    got = read_items(text)
    assert [(each.label, each.unit, each.warn, each.crit) for each in got] == [
        (each.label, each.unit, each.warn, each.crit) for each in items
    ]
    for each, wanted in zip(got, items, strict=True):
        assert each.value == pytest.approx(wanted.value)
        assert (each.low, each.high) == pytest.approx((wanted.low, wanted.high))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("10", Range(0, 10)),
        ("10:", Range(10, None)),
        ("~:10", Range(None, 10)),
        ("10:20", Range(10, 20)),
        ("@10:20", Range(10, 20, inside=True)),
        (":10", Range(0, 10)),
        ("~:", Range(None, None)),
        ("", None),
        ("20:10", None),
        ("1:2:3", None),
        ("~", None),
        ("@", None),
        ("a:b", None),
    ],
)
def test_ranges_are_read(text, wanted):
    assert read_range(text) == wanted


def test_long_output_has_data_behind_its_one_bar():
    text, items = read_output("DISK OK - fine | /=1B\nlong one\nlong two | /home=2B\n/var=3B\n")
    assert text == "DISK OK - fine"
    assert [(each.label, each.value) for each in items] == [("/", 1.0), ("/home", 2.0), ("/var", 3.0)]
    assert read_output("OK") == ("OK", [])
    assert read_output("") == ("", [])


def test_there_is_an_end_to_it():
    assert len(read_items(" ".join(f"l{index}={index}" for index in range(10_000)))) == MAX_ITEMS


_labels = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\n|"), min_size=1, max_size=20)
_values = st.floats(-1e9, 1e9, allow_nan=False).map(lambda each: round(each, 4))
_units = st.sampled_from(["", "s", "ms", "us", "%", "B", "KB", "MB", "GB", "TB", "c"])
_FACTORS = {"ms": 1e-3, "us": 1e-6, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}


@given(st.lists(st.tuples(_labels, _values, _units), max_size=8))
def test_what_is_written_by_the_guidelines_is_read_again(told):
    text = " ".join("'{}'={}{};1;2;;".format(label.replace("'", "''"), value, unit) for label, value, unit in told)
    got = read_output(f"OK | {text}")[1]
    assert [each.label for each in got] == [label for label, _, _ in told]
    for each, (_, value, unit) in zip(got, told, strict=True):
        assert each.value == pytest.approx(value * _FACTORS.get(unit, 1))


# Made from the guidelines a second time, in another way.
_SLOW = re.compile(
    r"""(?<!\S)(?:'((?:[^']|'')+)'|([^\s'=][^\s=]*))=
        ([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(s|ms|us|ns|%|[KMGTP]?B|c|)(?:;\S*)?(?!\S)""",
    re.VERBOSE | re.ASCII,
)


@given(st.lists(st.sampled_from(["a", "b=", "=", "'", "''", " ", "1", ".5", "-2", "ms", "KB", "%", ";", "é", "U"])))
def test_it_reads_what_a_slow_reader_reads(parts):
    text = "".join(parts)
    fast = [(each.label, each.unit) for each in read_items(text)]
    # Where a quote is left open or closed too early, the guidelines say nothing.
    if re.fullmatch(r"(?:\s*(?:'(?:[^']|'')+'|[^\s'=]+)=[^\s']*)*\s*", text):
        slow = [
            ((quoted or plain).replace("''", "'") if quoted else plain, _BASE.get(unit, unit))
            for quoted, plain, _, unit in _SLOW.findall(text)
        ]
        assert fast == slow


_BASE = {"ms": "s", "us": "s", "ns": "s", "KB": "B", "MB": "B", "GB": "B", "TB": "B", "PB": "B"}


@given(st.text() | st.text("'=; |\n1.e+-~@:U%Bsc"))
def test_garbage_never_raises_and_yields_numbers_alone(text):
    said, items = read_output(text)
    assert "\n" not in said
    assert all(math.isfinite(each.value) and each.label for each in items)
    read_range(text)

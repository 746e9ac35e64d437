# SPDX-License-Identifier: Apache-2.0
"""The sprite holds what the product names, and nothing is named that it does not hold."""

from pathlib import Path

import steward
from steward.core.ui.icons import drawn_icons, icons_used, sprite

PRODUCT = Path(steward.__file__).parent
OUTLINE = '<svg viewBox="0 0 24 24"><path stroke="none" d="M0 0h24v24H0z" fill="none" /><path d="M12 5l0 14" /></svg>'


def test_an_icon_is_found_however_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('{% icon "plus" %} {% part "x" icon="arrow-up" %}')
    (tmp_path / "b.py").write_text('Command(icon="server-2")\nMENU = [{"icon": "lock"}]\nx = icon_of("no")\n')
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "c.js").write_text('icon("nowhere")')
    uses = icons_used(tmp_path)
    assert [use.name for use in uses] == ["arrow-up", "lock", "plus", "server-2"]
    assert (uses[1].path.name, uses[1].line) == ("b.py", 2)


def test_the_sprite_has_the_shapes_without_their_frame_and_names_what_is_missing(tmp_path: Path) -> None:
    source, drawings = tmp_path / "source", tmp_path / "drawings"
    (drawings / "outline").mkdir(parents=True)
    source.mkdir()
    (drawings / "outline" / "plus.svg").write_text(OUTLINE)
    (source / "a.html").write_text('{% icon "plus" %}{% icon "no-such-icon" %}')
    drawn, missing = sprite(icons_used(source), drawings)
    assert '<symbol id="plus" viewBox="0 0 24 24"><path d="M12 5l0 14" /></symbol>' in drawn
    assert [(use.name, use.line) for use in missing] == [("no-such-icon", 1)]


def test_every_icon_that_the_product_names_is_drawn() -> None:
    named = {use.name: f"{use.path}:{use.line}" for use in icons_used(PRODUCT)}
    undrawn = {name: place for name, place in named.items() if name not in drawn_icons()}
    assert not undrawn, f"Collect the assets again: python -m steward.core.ui.assets. Not drawn: {undrawn}"

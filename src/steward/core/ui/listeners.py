# SPDX-License-Identifier: Apache-2.0
from steward.core.operations.public import when_moved
from steward.core.ui.long_work import tell_open_pages

when_moved(tell_open_pages)

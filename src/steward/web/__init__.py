# SPDX-License-Identifier: Apache-2.0
"""Composition only: the urls of all rooms, what every request passes through, the entrances of the web server."""

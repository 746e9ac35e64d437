# SPDX-License-Identifier: Apache-2.0
"""What every request passes through, outermost first: its number and log line, its headers, its files, where it came from."""

# SPDX-License-Identifier: Apache-2.0
"""What a client's work stands on: machines, devices, software and what hangs on what.

Decides what an asset is and how assets relate. Does not decide how it is watched (`watch.monitoring`), nor what was promised for it; its
charts show what was measured, its agent adds what it found."""

# SPDX-License-Identifier: Apache-2.0
"""What we owe: the clocks, and the contracts that set them."""

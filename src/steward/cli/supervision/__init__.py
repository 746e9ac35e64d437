# SPDX-License-Identifier: Apache-2.0
"""What `steward up` is made of: the programs, the supervisor above them, their order, and what ends them."""

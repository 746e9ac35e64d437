# SPDX-License-Identifier: Apache-2.0
"""What we look after: clients, their assets, and the agents that watch them."""

# SPDX-License-Identifier: Apache-2.0
"""What Steward says of itself: alive, ready part by part, and its figures for a monitoring system."""

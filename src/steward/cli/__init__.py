# SPDX-License-Identifier: Apache-2.0
"""The command line: composition only. One module of `commands` is one subcommand; `steward up` supervises the others."""

# SPDX-License-Identifier: Apache-2.0
"""One module, one subcommand. Each has `app`, and is imported only when it is called: `steward up` never loads Django."""

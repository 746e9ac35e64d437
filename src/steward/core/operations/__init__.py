# SPDX-License-Identifier: Apache-2.0
"""Long work that somebody started and may leave: how far it is, stopping it, what came out, whose it is.

Decides that progress is seen while it happens, that a step is done once however often its worker is killed, and that work
never hangs half done without saying so. Does not decide what the work is: its room declares it."""

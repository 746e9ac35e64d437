# SPDX-License-Identifier: Apache-2.0
"""The organisations we look after: who they are, where they are, whom to speak to, how much hangs on them.

Decides what is known about a client. Does not decide who sees it (`core.tenancy` owns the client itself), nor what was promised to it
(`promises.agreements`)."""

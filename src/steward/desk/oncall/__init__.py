# SPDX-License-Identifier: Apache-2.0
"""Who is on duty, whom a page reaches next, and that somebody answered it.

Decides who is on duty at an instant, whom to tell when nobody answers, what counts as told and as answered, and that it is
said loudly when nobody could be reached. Does not decide what is worth a page (whoever opens one does), nor how a message
travels (`core.notify`)."""

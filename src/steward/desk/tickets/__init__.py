# SPDX-License-Identifier: Apache-2.0
"""What people work on for a client: incidents, service requests, problems and known errors, and what was said and done about each.

Decides what a ticket is, through which states it goes, how urgent it is, who sees which words of it, and keeps the history that its
clock is read from. Does not decide what was promised (`promises.agreements`), how time counts (`promises.sla`), whom a page reaches
(`desk.oncall`), nor what is worth a ticket (whoever opens one)."""

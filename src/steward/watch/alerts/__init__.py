# SPDX-License-Identifier: Apache-2.0
"""What was noticed about a client's machines, from the first notice until it is over.

Decides that the same trouble is one alert however often it is reported, that an alert opens or joins exactly one ticket, and
what people said of it: seen, put off, right or wrong. Does not decide what is trouble (whoever raises an alert does), nor how
people respond (`desk.tickets`)."""

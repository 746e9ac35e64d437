-- SPDX-License-Identifier: Apache-2.0
drop trigger agent_changed on agents_agent;
drop trigger agent_added on agents_agent;
drop function agents_agent_changed();
drop sequence agents_series_chunk;

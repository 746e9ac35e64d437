-- SPDX-License-Identifier: Apache-2.0
-- Gateways hear of it too when an agent is to run other checks, or says that it can run some.
drop trigger agent_changed on agents_agent;
create trigger agent_changed before update on agents_agent
  for each row
  when ((old.state, old.public_key, old.client_id, old.asset_id, old.interval_seconds, old.assigned, old.capabilities)
    is distinct from (new.state, new.public_key, new.client_id, new.asset_id, new.interval_seconds, new.assigned, new.capabilities))
  execute function agents_agent_changed();

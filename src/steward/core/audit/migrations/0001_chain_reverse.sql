-- SPDX-License-Identifier: Apache-2.0
-- Refused on purpose: a migration that goes back must not take the audit with it.
do $$ begin raise exception 'the audit is never taken away by a migration'; end $$;

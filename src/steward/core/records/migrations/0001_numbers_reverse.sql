-- SPDX-License-Identifier: Apache-2.0
drop function records_next_number(text);

-- grain: One state of one dispute, with the state before it.
-- key: dispute, version
-- owner: disputes
-- freshness: with each delivery
-- note: A state is open while it has no outcome. An amount that nobody said counts as zero, a currency that nobody said
--    is XXX, which ISO 4217 keeps for none.
-- dispute VARCHAR: Our id of the dispute.
-- version BIGINT: Counts its states, from 0.
-- known_from TIMESTAMP: Since when we know this state.
-- month VARCHAR: Month of that instant in UTC, YYYY-MM.
-- kind VARCHAR: Its kind in this state.
-- currency VARCHAR: Its currency in this state.
-- amount_minor BIGINT minor: Its amount in this state.
-- is_open BOOLEAN: Nobody has decided it in this state.
-- kind_before VARCHAR: Its kind in the state before; empty for the first.
-- currency_before VARCHAR: Its currency in the state before; empty for the first.
-- amount_before_minor BIGINT minor: Its amount in the state before; empty for the first.
-- was_open BOOLEAN: The state before was open; empty for the first.
with states as (
  select dispute, version, known_from, kind, coalesce(currency, 'XXX') as currency,
    coalesce(amount_minor, 0) as amount_minor, outcome is null as is_open
  from disputes
  union all
  select dispute, version, known_from, kind, coalesce(currency, 'XXX') as currency,
    coalesce(amount_minor, 0) as amount_minor, outcome is null as is_open
  from dispute_versions
)
select dispute, version, known_from,
  substr(cast(cast('1970-01-01' as date) + cast(known_from // 86400000000 as integer) as varchar), 1, 7) as month,
  kind, currency, amount_minor, is_open,
  lag(kind) over (partition by dispute order by known_from, version) as kind_before,
  lag(currency) over (partition by dispute order by known_from, version) as currency_before,
  lag(amount_minor) over (partition by dispute order by known_from, version) as amount_before_minor,
  lag(is_open) over (partition by dispute order by known_from, version) as was_open
from states

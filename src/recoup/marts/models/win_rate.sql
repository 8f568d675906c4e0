-- grain: Disputes of one partner, network and category that were decided in one month.
-- key: partner, network, category, month
-- owner: disputes
-- freshness: with each delivery
-- note: Only kind dispute with a stage of chargeback or later; a month is that of the latest step, in UTC. A decision that
--    is taken back moves to the month of the later one. Contested is what ended won, lost or split; rates are rounded down.
-- partner VARCHAR: Who told it.
-- network VARCHAR: Card network or scheme; unknown where nobody said.
-- category VARCHAR: What the reason is about.
-- month VARCHAR: Month of the decision, YYYY-MM.
-- decided BIGINT rows: Disputes that were decided.
-- won BIGINT rows: Won.
-- lost BIGINT rows: Lost.
-- split BIGINT rows: Won in part.
-- accepted BIGINT rows: Accepted by us.
-- expired BIGINT rows: Not answered in time.
-- other BIGINT rows: Withdrawn, refunded, prevented, or ended in an unknown way.
-- won_of_decided_bps BIGINT bps: Won among decided, in basis points.
-- won_of_contested_bps BIGINT bps: Won among contested, in basis points; empty where none was.
with decided as (
  select partner, coalesce(network, 'unknown') as network, category, moved_month as month, outcome
  from dispute_profiles
  where kind = 'dispute' and not is_open and stage not in ('inquiry', 'collaboration')
)
select partner, network, category, month,
  count(*) as decided,
  count(*) filter (where outcome = 'won') as won,
  count(*) filter (where outcome = 'lost') as lost,
  count(*) filter (where outcome = 'split') as split,
  count(*) filter (where outcome = 'accepted') as accepted,
  count(*) filter (where outcome = 'expired') as expired,
  count(*) filter (where outcome not in ('won', 'lost', 'split', 'accepted', 'expired')) as other,
  10000 * count(*) filter (where outcome = 'won') // nullif(count(*), 0) as won_of_decided_bps,
  10000 * count(*) filter (where outcome = 'won')
    // nullif(count(*) filter (where outcome in ('won', 'lost', 'split')), 0) as won_of_contested_bps
from decided
group by partner, network, category, month
;
-- assert: every decision is counted under one outcome
select partner, network, category, month from win_rate where decided <> won + lost + split + accepted + expired + other

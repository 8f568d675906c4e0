-- grain: What one feed of one account told of one kind of movement, for one day and in one currency.
-- key: partner, account, feed, effective_on, kind, currency
-- owner: money
-- freshness: with each delivery
-- note: Lines as each feed told them: the same money told by two feeds is in both. Lines of large deliveries that are
--    booked in total are read from the lake, all others from the register.
-- partner VARCHAR: Who told it.
-- account VARCHAR: Our account at the partner.
-- feed VARCHAR: Channel it came by.
-- effective_on DATE: Day on which it is true, in the account's zone.
-- kind VARCHAR: What moved: charge, refund, dispute, dispute_reversal, dispute_fee, payout, bank and so on.
-- currency VARCHAR: Currency of the amounts.
-- lines BIGINT rows: How many lines.
-- gross_minor BIGINT minor: Sum before fees, as it moves our balance.
-- fee_minor BIGINT minor: Sum of fees; a cost is positive.
-- net_minor BIGINT minor: Sum after fees, as it moves our balance.
select partner, account, feed, effective_on, kind, currency,
  count(*) as lines,
  cast(sum(cast(gross_minor as decimal(38,0))) as bigint) as gross_minor,
  cast(sum(cast(fee_minor as decimal(38,0))) as bigint) as fee_minor,
  cast(sum(cast(net_minor as decimal(38,0))) as bigint) as net_minor
from money_lines
group by partner, account, feed, effective_on, kind, currency

-- grain: What should come back by one ticket, and what did, in one currency.
-- key: ticket, currency
-- owner: partners
-- freshness: with each step of a person
-- ticket VARCHAR: Our id of the ticket.
-- partner VARCHAR: Whom it asks.
-- currency VARCHAR: Currency of the amounts.
-- expected_minor BIGINT minor: What should come back; zero where it was not claimed in this currency.
-- received_minor BIGINT minor: What people linked to it.
-- missing_minor BIGINT minor: What has not come; never less than zero.
with moved as (
  select ticket, currency, amount_minor as expected_minor, cast(0 as bigint) as received_minor from ticket_amounts
  union all
  select ticket, currency, cast(0 as bigint) as expected_minor, amount_minor as received_minor
  from ticket_steps where verb = 'credit'
), summed as (
  select ticket, currency, cast(sum(cast(expected_minor as decimal(38, 0))) as bigint) as expected_minor,
    cast(sum(cast(received_minor as decimal(38, 0))) as bigint) as received_minor
  from moved group by ticket, currency
)
select s.ticket, t.partner, s.currency, s.expected_minor, s.received_minor,
  greatest(s.expected_minor - s.received_minor, 0) as missing_minor
from summed as s
join tickets as t on t.ticket = s.ticket

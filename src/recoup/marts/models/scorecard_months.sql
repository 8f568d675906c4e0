-- grain: One month in which something came from a partner about one account, with the month of the present.
-- key: partner, account, month
-- owner: partners
-- freshness: with each delivery
-- partner VARCHAR: Who sent it.
-- account VARCHAR: Our account at the partner.
-- month VARCHAR: The month, YYYY-MM, UTC.
-- ends_at TIMESTAMP: The instant at which the next one begins.
with days as (
  select partner, account, cast('1970-01-01' as date) + cast(landed_at // 86400000000 as integer) as came_on
  from deliveries
  union all
  select d.partner, d.account, cast('1970-01-01' as date) + cast(m.as_of_at // 86400000000 as integer) as came_on
  from deliveries as d cross join moment as m
), months as (
  select partner, account, substr(cast(came_on as varchar), 1, 7) as month
  from days group by partner, account, substr(cast(came_on as varchar), 1, 7)
), ending as (
  select partner, account, month, case when substr(month, 6, 2) = '12'
      then concat(cast(cast(substr(month, 1, 4) as integer) + 1 as varchar), '-01-01')
      else concat(substr(month, 1, 5), lpad(cast(cast(substr(month, 6, 2) as integer) + 1 as varchar), 2, '0'), '-01')
    end as next_on
  from months
)
select partner, account, month,
  cast(date_diff('day', cast('1970-01-01' as date), cast(next_on as date)) as bigint) * 86400000000 as ends_at
from ending

-- grain: One partner-day that was declared complete.
-- key: partner, account, covers_on
-- owner: compliance
-- freshness: when days are sealed or looked at
-- note: A correction is accepted when a later seal of its day names it.
-- partner VARCHAR: Whose day it is.
-- account VARCHAR: Our account at the partner.
-- covers_on DATE: The day, in the account's zone.
-- seals BIGINT rows: How often it was sealed.
-- first_sealed_at TIMESTAMP: When it was sealed first.
-- last_sealed_at TIMESTAMP: When it was sealed last.
-- corrections BIGINT rows: How often a later fact changed it.
-- open_corrections BIGINT rows: Corrections that no seal has taken in.
with sealed as (
  select partner, account, covers_on, count(*) as seals, min(sealed_at) as first_sealed_at,
    max(sealed_at) as last_sealed_at
  from seals
  group by partner, account, covers_on
), accepted as (
  select correction from seals where correction is not null group by correction
), corrected as (
  select c.partner, c.account, c.covers_on, count(*) as corrections,
    count(*) filter (where a.correction is null) as open_corrections
  from seal_corrections as c
  left join accepted as a on a.correction = c.correction
  group by c.partner, c.account, c.covers_on
)
select s.partner, s.account, s.covers_on, s.seals, s.first_sealed_at, s.last_sealed_at,
  coalesce(c.corrections, 0) as corrections, coalesce(c.open_corrections, 0) as open_corrections
from sealed as s
left join corrected as c on c.partner = s.partner and c.account = s.account and c.covers_on = s.covers_on
;
-- assert: no correction is of a day that was never sealed
select c.correction
from seal_corrections as c
left join sealed_days as d on d.partner = c.partner and d.account = c.account and d.covers_on = c.covers_on
where d.partner is null

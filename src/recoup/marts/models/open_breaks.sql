-- grain: The money in question of one open break in one currency; a break without money has one row.
-- key: break, currency
-- owner: controls
-- freshness: with each check; ages with the present
-- break VARCHAR: Our id of the break.
-- control VARCHAR: The check that opened it.
-- kind VARCHAR: Family of the control.
-- first_class VARCHAR: The likeliest cause.
-- partner VARCHAR: Whose data it is about.
-- account VARCHAR: Our account at the partner.
-- merchant VARCHAR: Whose money it is, where it is one merchant's.
-- severity VARCHAR: page, ticket or note.
-- status VARCHAR: open, known or snoozed.
-- owner VARCHAR: Who works on it.
-- currency VARCHAR: Currency of the amount; empty where there is no money.
-- amount_minor BIGINT minor: In question; empty where there is no money.
-- first_seen_at TIMESTAMP: When it was first found.
-- age_days BIGINT days: Whole days from then to the present.
-- age VARCHAR: Bucket of that age: 0-1, 2-7, 8-30, 31-90 or over 90 days.
-- is_explained BOOLEAN: The likeliest cause is another than unknown.
with aged as (
  select b."break", b.control, b.kind, b.classes, b.partner, b.account, b.merchant, b.severity, b.status, b.owner,
    b.first_seen_at, greatest(m.as_of_at - b.first_seen_at, 0) // 86400000000 as age_days
  from breaks as b
  cross join moment as m
  where b.status <> 'closed'
), classed as (
  select a."break", a.control, a.kind, a.partner, a.account, a.merchant, a.severity, a.status, a.owner, a.first_seen_at,
    a.age_days, nullif(replace(replace(replace(split_part(a.classes, ',', 1), '[', ''), ']', ''), '"', ''), '')
      as first_class
  from aged as a
)
select c."break", c.control, c.kind, c.first_class, c.partner, c.account, c.merchant, c.severity, c.status, c.owner,
  a.currency, a.amount_minor, c.first_seen_at, c.age_days,
  case
    when c.age_days <= 1 then '0-1'
    when c.age_days <= 7 then '2-7'
    when c.age_days <= 30 then '8-30'
    when c.age_days <= 90 then '31-90'
    else 'over 90'
  end as age,
  coalesce(c.first_class <> 'unknown', false) as is_explained
from classed as c
left join break_amounts as a on a."break" = c."break"
;
-- assert: every open break is there
select b."break" from breaks as b left join open_breaks as o on o."break" = b."break"
where b.status <> 'closed' and o."break" is null

-- grain: One break in one currency, or one dispute or leg that it could be about, as it counts in a scorecard's figure.
-- key: figure, month, subject, currency
-- owner: partners
-- freshness: with each check; ages with the present
-- note: A break counts in the month in which the first delivery that it is about came, else in that in which it was
--    found. The disputes and legs of the month are what its figure is counted of.
-- note: A break is open at the end of a month, or now, where it was found, or the first delivery that it is about came,
--    before and it was not closed by then; what people accepted as known or look away from is still open with the partner. Its money is as the last check wrote it.
-- partner VARCHAR: Who owed it.
-- account VARCHAR: Our account at the partner; empty text where it is of none.
-- month VARCHAR: Month that it counts in, YYYY-MM, UTC.
-- figure VARCHAR: Figure of the scorecard that it counts in.
-- subject_kind VARCHAR: break, dispute, leg or feed.
-- subject VARCHAR: Our id of it.
-- reference VARCHAR: The partner's own word for it.
-- happened_at TIMESTAMP: When it was found, decided or told.
-- due_at TIMESTAMP: By when it was due; empty where it had no time.
-- lasted_microseconds BIGINT microseconds: Of an open break: how old it is; else empty.
-- things BIGINT rows: How many things it stands for in the denominator.
-- failed BIGINT rows: How many of them count against the partner.
-- delivery VARCHAR: Delivery that shows it, where one does.
-- break VARCHAR: Break that shows it, where one does.
-- currency VARCHAR: Currency of the amount; empty where it is not about money.
-- amount_minor BIGINT minor: Money in question; empty where it is not about money.
with found_in as (
  select b."break", min(d.landed_at) as landed_at
  from break_deliveries as b join deliveries as d on d.delivery = b.delivery group by b."break"
), told as (
  select b."break", b.control, b.partner, coalesce(b.account, '') as account, b.first_seen_at, b.closed_at,
    least(b.first_seen_at, coalesce(f.landed_at, b.first_seen_at)) as since_at,
    substr(cast(cast('1970-01-01' as date) + cast(coalesce(f.landed_at, b.first_seen_at) // 86400000000 as integer)
      as varchar), 1, 7) as month,
    case when b.control = 'lost_event' then 'change_lost' when b.control = 'double_money' then 'money_twice'
      when b.control in ('outcome_money', 'outcome_missing', 'illegal_move') then 'outcome_wrong'
      when b.control = 'unknown_word' then 'word_unknown' when b.control = 'contract_drift' then 'shape_changed'
      when b.control in ('leg_residue', 'feeds_disagree', 'tie_out', 'bank_differs') then 'money_differs' end as figure
  from breaks as b left join found_in as f on f."break" = b."break"
), about as (
  select "break", count(*) as disputes from break_disputes group by "break"
), months as (
  select s.partner, s.account, s.month, least(s.ends_at, m.as_of_at) as ends_at
  from scorecard_months as s cross join moment as m
), standing as (
  select t."break", t.partner, t.account, s.month, t.first_seen_at, greatest(s.ends_at - t.since_at, 0) as age,
    t.closed_at is null or t.closed_at > s.ends_at as is_open
  from told as t
  join months as s on s.partner = t.partner and s.account = t.account
  where t.since_at <= s.ends_at
), counted as (
  select t.partner, t.account, t.month, t.figure, 'break' as subject_kind, t."break" as subject,
    t.first_seen_at as happened_at, cast(null as bigint) as lasted, cast(0 as bigint) as things,
    case when t.figure in ('word_unknown', 'shape_changed') then 1 else greatest(coalesce(a.disputes, 1), 1) end
      as failed,
    t."break"
  from told as t left join about as a on a."break" = t."break" where t.figure is not null
  union all
  select partner, account, month, 'break_open' as figure, 'break' as subject_kind, "break" as subject,
    first_seen_at as happened_at, age as lasted, cast(1 as bigint) as things,
    case when is_open then 1 else 0 end as failed, "break"
  from standing
), valued as (
  select c.partner, c.account, c.month, c.figure, c.subject_kind, c.subject, c.happened_at, c.lasted, c.things,
    c.failed, c."break", coalesce(a.currency, '') as currency, abs(a.amount_minor) as amount_minor,
    row_number() over (partition by c.figure, c.month, c.subject order by coalesce(a.currency, '')) as place
  from counted as c left join break_amounts as a on a."break" = c."break"
), considered as (
  select d.partner, d.account, w.figure, 'dispute' as subject_kind, d.dispute as subject,
    d.partner_dispute_id as reference,
    case when w.figure = 'outcome_wrong' then d.moved_at else coalesce(d.opened_at, d.moved_at) end as happened_at
  from disputes as d
  cross join (
    select 'outcome_wrong' as figure union all select 'change_lost' as figure union all select 'word_unknown' as figure
  ) as w
  where d.kind <> 'notice' and (w.figure <> 'outcome_wrong' or d.outcome is not null)
  union all
  select partner, account, 'shape_changed' as figure, 'feed' as subject_kind,
    concat(partner, ':', account, ':', feed) as subject, feed as reference, min(landed_at) as happened_at
  from deliveries where status = 'read' and feed not in ('manual', 'sent')
  group by partner, account, feed,
    substr(cast(cast('1970-01-01' as date) + cast(landed_at // 86400000000 as integer) as varchar), 1, 7)
  union all
  select d.partner, d.account, w.figure, 'leg' as subject_kind, concat(l.dispute, ':', l.leg) as subject,
    d.partner_dispute_id as reference, coalesce(d.opened_at, d.moved_at) as happened_at
  from leg_proof as l join disputes as d on d.dispute = l.dispute
  cross join (select 'money_twice' as figure union all select 'money_differs' as figure) as w
  where l.settled_minor is not null
)
select partner, account, month, figure, subject_kind, subject, cast(null as varchar) as reference, happened_at,
  cast(null as bigint) as due_at, lasted as lasted_microseconds,
  cast(case when place = 1 then things else 0 end as bigint) as things,
  cast(case when place = 1 then failed else 0 end as bigint) as failed, cast(null as varchar) as delivery, "break",
  nullif(currency, '') as currency, case when failed > 0 then amount_minor end as amount_minor
from valued
union all
select partner, account,
  substr(cast(cast('1970-01-01' as date) + cast(happened_at // 86400000000 as integer) as varchar), 1, 7) as month,
  figure, subject_kind, subject, reference, happened_at, cast(null as bigint) as due_at,
  cast(null as bigint) as lasted_microseconds, cast(1 as bigint) as things, cast(0 as bigint) as failed,
  cast(null as varchar) as delivery, cast(null as varchar) as "break", cast(null as varchar) as currency,
  cast(null as bigint) as amount_minor
from considered

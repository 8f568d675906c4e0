-- grain: One message, or one dispute that a partner told of, as it counts in one figure of its scorecard.
-- key: figure, subject
-- owner: partners
-- freshness: with each delivery
-- note: A message is late by the limit in scorecard_figures, from when it happened to when we got it; a clock of the
--    partner's that runs ahead of ours makes no message early.
-- note: A notice is late where less than the limit's part of the time to answer was left when we first heard, of
--    disputes that opened after the account was connected; the time is the earliest that the partner said.
-- note: A dispute that a page or report shows, opened after messages began to come, should have been told by a message
--    before the limit is over; it counts in the month in which it was shown first.
-- partner VARCHAR: Who owed it.
-- account VARCHAR: Our account at the partner; empty text where it is of none.
-- month VARCHAR: Month that it counts in, YYYY-MM, UTC.
-- figure VARCHAR: Figure of the scorecard that it counts in.
-- subject_kind VARCHAR: observation or dispute.
-- subject VARCHAR: Our id of it.
-- reference VARCHAR: The partner's own word for it.
-- happened_at TIMESTAMP: When it happened: the event, the opening of the dispute.
-- due_at TIMESTAMP: By when it was due; empty where it had no time.
-- lasted_microseconds BIGINT microseconds: From then to when we got it.
-- things BIGINT rows: How many things it stands for in the denominator.
-- failed BIGINT rows: How many of them count against the partner.
-- delivery VARCHAR: Delivery that shows it, where one does.
-- break VARCHAR: Break that shows it, where one does.
-- currency VARCHAR: Currency of the amount; empty where it is not about money.
-- amount_minor BIGINT minor: Money in question; empty where it is not about money.
with limits as (
  select max(limit_length) filter (where figure = 'message_late') as message_minutes,
    max(limit_length) filter (where figure = 'notice_late') as notice_percent,
    max(limit_length) filter (where figure = 'never_pushed') as push_minutes
  from scorecard_figures
), told as (
  select o.observation, o.dispute, o.partner, o.account, o.record_id, o.partner_dispute_id, o.kind, o.form, o.delivery,
    o.occurred_at, o.landed_at, o.due_at, greatest(o.landed_at - o.occurred_at, 0) as lag_microseconds,
    o.form = 'event' and o.trust in ('signed', 'partly') as is_pushed,
    o.form in ('snapshot', 'row') and o.feed not in ('manual', 'sent') as is_shown
  from observations as o
  where o.feed not in ('manual', 'sent') and o.kind is distinct from 'notice'
), began as (
  select partner, account, min(landed_at) as since_at from deliveries group by partner, account
), connected as (
  select b.partner, b.account, min(b.since_at) as since_at,
    min(t.landed_at) filter (where t.is_pushed) as pushed_since_at
  from began as b left join told as t on t.partner = b.partner and t.account = b.account
  group by b.partner, b.account
), heard as (
  select dispute, min(landed_at) as heard_at, min(due_at) as due_at,
    min(landed_at) filter (where is_pushed) as pushed_at, min(landed_at) filter (where is_shown) as shown_at
  from told group by dispute
), cases as (
  select d.dispute, d.partner, d.account, d.partner_dispute_id, d.opened_at, h.heard_at, h.due_at, h.pushed_at,
    h.shown_at, c.since_at, c.pushed_since_at
  from heard as h
  join disputes as d on d.dispute = h.dispute
  join connected as c on c.partner = d.partner and c.account = d.account
  where d.kind <> 'notice' and d.opened_at is not null
), counted as (
  select t.partner, t.account, t.landed_at as counts_at, 'message_late' as figure, 'observation' as subject_kind,
    t.observation as subject, coalesce(t.record_id, t.partner_dispute_id) as reference, t.occurred_at as happened_at,
    cast(null as bigint) as due_at, t.lag_microseconds as lasted_microseconds,
    t.lag_microseconds > l.message_minutes * 60000000 as has_failed, t.delivery
  from told as t cross join limits as l where t.is_pushed
  union all
  select c.partner, c.account, c.heard_at as counts_at, 'notice_late' as figure, 'dispute' as subject_kind,
    c.dispute as subject, c.partner_dispute_id as reference, c.opened_at as happened_at, c.due_at,
    greatest(c.heard_at - c.opened_at, 0) as lasted_microseconds,
    (c.due_at - c.heard_at) * 100 < (c.due_at - c.opened_at) * l.notice_percent as has_failed,
    cast(null as varchar) as delivery
  from cases as c cross join limits as l where c.opened_at > c.since_at and c.due_at > c.opened_at
  union all
  select c.partner, c.account, c.shown_at as counts_at, 'never_pushed' as figure, 'dispute' as subject_kind,
    c.dispute as subject, c.partner_dispute_id as reference, c.opened_at as happened_at,
    c.shown_at + l.push_minutes * 60000000 as due_at, greatest(m.as_of_at - c.shown_at, 0) as lasted_microseconds,
    c.pushed_at is null as has_failed, cast(null as varchar) as delivery
  from cases as c cross join limits as l cross join moment as m
  where c.opened_at > c.pushed_since_at and c.shown_at + l.push_minutes * 60000000 < m.as_of_at
)
select partner, account,
  substr(cast(cast('1970-01-01' as date) + cast(counts_at // 86400000000 as integer) as varchar), 1, 7) as month,
  figure, subject_kind, subject, reference, happened_at, due_at, lasted_microseconds, cast(1 as bigint) as things,
  cast(case when has_failed then 1 else 0 end as bigint) as failed, delivery, cast(null as varchar) as "break",
  cast(null as varchar) as currency, cast(null as bigint) as amount_minor
from counted

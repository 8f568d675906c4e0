-- grain: One place that shows one thing that counts against a partner: a delivery, and a record in it where it is one.
-- key: figure, month, subject, currency, delivery, position
-- owner: partners
-- freshness: with each check; ages with the present
-- note: A thing that no delivery shows, such as a file that has not come, has one row without a place. A leg or fee is
--    shown by the money lines of its dispute, a dispute by all that was told of it, a break by its
--    deliveries and the money lines of its disputes in them.
-- partner VARCHAR: Whom it counts against.
-- account VARCHAR: Our account at the partner; empty text where it is of none.
-- month VARCHAR: Month that it counts in, YYYY-MM, UTC.
-- figure VARCHAR: Figure of the scorecard that it counts in.
-- subject_kind VARCHAR: expectation, observation, dispute, leg, fee, delivery or break.
-- subject VARCHAR: Our id of the thing.
-- reference VARCHAR: The partner's own word for it: dispute, message, file, payout.
-- happened_at TIMESTAMP: When it happened, came or was found; empty where it did not.
-- due_at TIMESTAMP: By when it was due; empty where it had no time.
-- lasted_microseconds BIGINT microseconds: How long it took, how late or how old it is; empty where it has no time.
-- failed BIGINT rows: How often it counts; in the rows of its further currencies zero.
-- currency VARCHAR: Currency of the amount; empty where it is not about money.
-- amount_minor BIGINT minor: Money in question; the same in each row of the thing and currency.
-- break VARCHAR: Break that shows it, where one does.
-- delivery VARCHAR: Delivery that shows it.
-- feed VARCHAR: Feed of the delivery.
-- name VARCHAR: Its name, as the partner names it.
-- object VARCHAR: SHA-256 of its bytes.
-- landed_at TIMESTAMP: When it came.
-- position BIGINT: Which record of it, from 1; empty where it is the whole.
-- said VARCHAR: What the record is: the partner's id of a message or movement, or the code of what is wrong.
with things as (
  select partner, account, month, figure, subject_kind, subject, reference, happened_at, due_at, lasted_microseconds,
    failed, delivery, "break", currency, amount_minor from scored_files where failed > 0
  union all
  select partner, account, month, figure, subject_kind, subject, reference, happened_at, due_at, lasted_microseconds,
    failed, delivery, "break", currency, amount_minor from scored_messages where failed > 0
  union all
  select partner, account, month, figure, subject_kind, subject, reference, happened_at, due_at, lasted_microseconds,
    failed, delivery, "break", currency, amount_minor from scored_deliveries where failed > 0
  union all
  select partner, account, month, figure, subject_kind, subject, reference, happened_at, due_at, lasted_microseconds,
    failed, delivery, "break", currency, amount_minor from scored_money where failed > 0
  union all
  select partner, account, month, figure, subject_kind, subject, reference, happened_at, due_at, lasted_microseconds,
    failed, delivery, "break", currency, amount_minor from scored_breaks where failed > 0 or amount_minor is not null
), subjects as (
  select subject_kind, subject, figure from things group by subject_kind, subject, figure
), moved as (
  select b."break", l.delivery, l.position, l.identity
  from break_disputes as b join money_lines as l on l.dispute = b.dispute
), shown as (
  select s.figure, s.subject, o.delivery, o.position, coalesce(o.record_id, o.partner_dispute_id) as said
  from subjects as s join observations as o on o.observation = s.subject where s.subject_kind = 'observation'
  union all
  select s.figure, s.subject, o.delivery, o.position, coalesce(o.record_id, o.partner_dispute_id) as said
  from subjects as s join observations as o on o.dispute = s.subject where s.subject_kind = 'dispute'
  union all
  select s.figure, s.subject, l.delivery, l.position, l.identity as said
  from subjects as s join money_lines as l on l.dispute = split_part(s.subject, ':', 1)
  where s.subject_kind in ('leg', 'fee')
  union all
  select s.figure, s.subject, q.delivery, q.position, q.code as said
  from subjects as s join quarantine as q on q.delivery = s.subject where s.figure = 'record_quarantined'
  union all
  select s.figure, s.subject, b.delivery, m.position, m.identity as said
  from subjects as s join break_deliveries as b on b."break" = s.subject
  left join moved as m on m."break" = b."break" and m.delivery = b.delivery
  where s.subject_kind = 'break'
), told as (
  select figure, subject, delivery, position, min(said) as said
  from shown group by figure, subject, delivery, position
), named as (
  select b."break", string_agg(d.partner_dispute_id, ' ' order by d.partner_dispute_id) as disputes
  from break_disputes as b join disputes as d on d.dispute = b.dispute group by b."break"
)
select t.partner, t.account, t.month, t.figure, t.subject_kind, t.subject,
  coalesce(t.reference, n.disputes) as reference, t.happened_at, t.due_at, t.lasted_microseconds, t.failed, t.currency, t.amount_minor, t."break", d.delivery, d.feed,
  d.name, d.object, d.landed_at, p.position, p.said
from things as t
left join told as p on p.figure = t.figure and p.subject = t.subject
left join named as n on n."break" = t."break"
left join deliveries as d on d.delivery = coalesce(p.delivery, t.delivery)
;
-- assert: what counts in a scorecard has evidence
select s.partner, s.account, s.month, s.figure
from partner_scorecards as s
left join scorecard_evidence as e on e.partner = s.partner and e.account = s.account and e.month = s.month
  and e.figure = s.figure
where s.failed > 0 and e.subject is null

-- grain: One figure of the scorecard of one account at a partner in one month.
-- key: partner, account, month, figure
-- owner: partners
-- freshness: with each check; ages with the present
-- note: What is counted stands row by row in the model that scorecard_figures names. A figure that cannot be counted
--    says why, and is empty, never zero.
-- partner VARCHAR: Whose scorecard.
-- account VARCHAR: Our account at the partner; empty text where it is of none.
-- month VARCHAR: The month, YYYY-MM, UTC.
-- figure VARCHAR: Name of the figure, of scorecard_figures.
-- state VARCHAR: measured, nothing (nothing to count), no_contract or not_measured.
-- failed BIGINT rows: What counts against the partner; empty where the state is no_contract or not_measured.
-- things BIGINT rows: Of how many, by counted_of of the figure; empty as failed is.
-- failed_bps BIGINT bps: Failed per thing, in basis points, rounded down; empty without things.
-- p95_microseconds BIGINT microseconds: Of the times measured the one that 95 of 100 stay within; empty without any.
-- longest_microseconds BIGINT microseconds: The longest of them.
with scored as (
  select partner, account, month, figure, lasted_microseconds, things, failed
  from scored_files union all
  select partner, account, month, figure, lasted_microseconds, things, failed
  from scored_messages union all
  select partner, account, month, figure, lasted_microseconds, things, failed
  from scored_deliveries union all
  select partner, account, month, figure, lasted_microseconds, things, failed
  from scored_money union all
  select partner, account, month, figure, lasted_microseconds, things, failed
  from scored_breaks
), keys as (
  select partner, account, month from scorecard_months
  union
  select partner, account, month from scored
), timed as (
  select partner, account, month, figure, lasted_microseconds,
    row_number() over (partition by partner, account, month, figure order by lasted_microseconds) as place,
    count(*) over (partition by partner, account, month, figure) as every
  from scored where lasted_microseconds is not null and (failed > 0 or figure = 'message_late')
), times as (
  select partner, account, month, figure, max(lasted_microseconds) as longest,
    min(lasted_microseconds) filter (where place * 100 >= every * 95) as p95
  from timed group by partner, account, month, figure
), sums as (
  select partner, account, month, figure, cast(sum(cast(things as decimal(38, 0))) as bigint) as things,
    cast(sum(cast(failed as decimal(38, 0))) as bigint) as failed
  from scored group by partner, account, month, figure
), stated as (
  select k.partner, k.account, k.month, f.figure,
    case when f.needs = 'forwarding' then 'not_measured'
      when coalesce(s.things, 0) + coalesce(s.failed, 0) > 0 then 'measured'
      when f.needs is null or a.need is not null then 'nothing'
      when f.needs in ('push', 'push and pull') then 'not_measured' else 'no_contract' end as state,
    coalesce(s.things, 0) as things, coalesce(s.failed, 0) as failed
  from keys as k
  cross join scorecard_figures as f
  left join sums as s on s.partner = k.partner and s.account = k.account and s.month = k.month and s.figure = f.figure
  left join scorecard_abilities as a on a.partner = k.partner and a.account = k.account and a.need = f.needs
)
select s.partner, s.account, s.month, s.figure, s.state,
  case when s.state in ('measured', 'nothing') then s.failed end as failed,
  case when s.state in ('measured', 'nothing') then s.things end as things,
  case when s.state = 'measured' then s.failed * 10000 // nullif(s.things, 0) end as failed_bps,
  t.p95 as p95_microseconds, t.longest as longest_microseconds
from stated as s
left join times as t on t.partner = s.partner and t.account = s.account and t.month = s.month and t.figure = s.figure
;
-- assert: what is not measured is not zero
select partner, account, month, figure from partner_scorecards
where (state in ('no_contract', 'not_measured')) <> (failed is null)

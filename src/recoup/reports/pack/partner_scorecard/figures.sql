-- One row is one figure of the scorecard of one account.
-- Reads: partner_scorecards (one figure of one account in one month), scorecard_figures.
-- Holds: every figure of every account stands here, whether it could be counted or not.
select s.partner, s.account, f.area, f.title, replace(s.state, '_', ' ') as state, s.failed, s.things, f.counted_of,
    case when s.failed_bps is null then null
        else concat(s.failed_bps // 100, '.', lpad(cast(s.failed_bps % 100 as varchar), 2, '0'), ' %') end as share,
    case when s.p95_microseconds is null then null
        else cast((s.p95_microseconds + 59999999) // 60000000 as bigint) end as p95_minutes, f.note, s.figure
from partner_scorecards as s
join scorecard_figures as f on f.figure = s.figure
where s.month = $month and ($partner is null or s.partner = $partner) and ($account is null or s.account = $account)
order by s.partner, s.account, f.place

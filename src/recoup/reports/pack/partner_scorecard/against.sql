-- One row is one figure of one account in which something counts against the partner.
-- Reads: partner_scorecards (one figure of one account in one month), scorecard_figures.
-- Holds: the share is rounded down to a hundredth of a percent.
select s.partner, s.account, f.area, f.title as figure, s.failed, s.things, f.counted_of,
    case when s.failed_bps is null then null
        else concat(s.failed_bps // 100, '.', lpad(cast(s.failed_bps % 100 as varchar), 2, '0'), ' %') end as share,
    case when f.area = 'breaks' then 'warn' else 'bad' end as tone
from partner_scorecards as s
join scorecard_figures as f on f.figure = s.figure
where s.month = $month and ($partner is null or s.partner = $partner) and ($account is null or s.account = $account) and s.failed > 0
order by s.partner, s.account, f.place

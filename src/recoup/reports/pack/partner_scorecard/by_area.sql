-- One row is one partner and area of its scorecard: how much counts against it.
-- Reads: partner_scorecards (one figure of one account in one month), scorecard_figures.
-- Holds: breaks that are open stand in their own area, and what is not measured in none.
select s.partner, f.area, sum(s.failed) as failed, case when sum(s.failed) > 0 then 'warn' else '' end as tone
from partner_scorecards as s
join scorecard_figures as f on f.figure = s.figure
where s.month = $month and ($partner is null or s.partner = $partner) and ($account is null or s.account = $account) and s.failed > 0
group by s.partner, f.area
order by s.partner, min(f.place)

-- One row is the money that counts against a partner in one figure of one account, in one currency.
-- Reads: scorecard_money (the same in every month), scorecard_figures.
-- Holds: nothing is added across figures or currencies.
select s.partner, s.account, f.title, s.amount_minor, s.currency, s.amounts
from scorecard_money as s
join scorecard_figures as f on f.figure = s.figure
where s.month = $month and ($partner is null or s.partner = $partner) and ($account is null or s.account = $account)
order by s.partner, s.account, f.place, s.currency

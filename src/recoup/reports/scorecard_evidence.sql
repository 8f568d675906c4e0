-- One row is one place that shows one thing that counts against a partner in one figure of its scorecard.
-- Reads: scorecard_evidence (one place of one thing), scorecard_figures.
-- Holds: amounts stand in each row of a thing, and are to be added once for each thing and currency.
select e.account, e.reference, e.said, e.happened_at, e.due_at, e.lasted_microseconds // 1000000 as lasted_seconds,
    e.failed as counts, e.amount_minor, e.currency, e.feed, e.name as file, e.object as sha256, e.position, e.landed_at,
    e."break", e.delivery, e.subject_kind, e.subject, e.figure
from scorecard_evidence as e
where e.figure = 'file_late' and e.month = $month and e.partner = $partner and ($account is null or e.account = $account)
order by e.account, e.subject, e.currency, e.landed_at, e.delivery, e.position

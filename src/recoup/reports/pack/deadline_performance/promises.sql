-- One row is one partner and kind of thing that it owed us in the month.
-- Reads: expectations.
-- Holds: on time + late + open = due; what is not due yet is left out.
with owed as (
    select partner, kind, due_at, closed_at from expectations
    where due_at >= $month_from and due_at < $month_to and due_at <= $as_of and ($partner is null or partner = $partner)
)
select partner, replace(kind, '_', ' ') as kind, count(*) as due, count(*) filter (where closed_at <= due_at) as on_time,
    count(*) filter (where closed_at > due_at) as late,
    max(date_diff('hour', due_at, closed_at)) filter (where closed_at > due_at) as late_hours_max,
    count(*) filter (where closed_at is null) as open,
    case when count(*) filter (where closed_at is null) > 0 then 'bad'
        when count(*) filter (where closed_at > due_at) > 0 then 'warn' else '' end as tone
from owed
group by partner, kind
order by partner, kind

-- One row is one day and partner, of the 14 days up to the day: how many disputes were first told of.
-- Reads: dispute_steps (one state of one dispute), disputes.
-- Holds: a dispute counts once, on the day in UTC when we first knew of it.
with days as (
    select cast($day - cast(back as integer) as date) as day from generate_series(0, 13) as series(back)
), first_told as (
    select disputes.partner as partner, cast(steps.known_from as date) as day
    from dispute_steps as steps
    join disputes on disputes.dispute = steps.dispute
    where steps.was_open is null and steps.kind <> 'notice'
), partners as (
    select distinct partner from first_told
)
select strftime(days.day, '%-d %b') as day, partners.partner as partner, count(first_told.day) as disputes
from days
cross join partners
left join first_told on first_told.day = days.day and first_told.partner = partners.partner
group by days.day, partners.partner
order by days.day, partners.partner

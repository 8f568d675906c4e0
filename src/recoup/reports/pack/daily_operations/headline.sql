-- One row is one headline figure of the day.
-- Reads: deliveries, disputes, dispute_steps, clocks, open_breaks, overdue_expectations, entries.
-- Holds: arrivals and decisions lie within the day; open work is that of the present.
with told as (
    select steps.dispute as dispute, steps.version as version, steps.is_open as is_open, steps.was_open as was_open,
        steps.known_from as known_from
    from dispute_steps as steps
    where steps.kind <> 'notice' and steps.known_from >= $day_from and steps.known_from < $day_to
), counted as (
    select dispute, outcome from disputes
    where kind <> 'notice' and (nature is null or nature not in ('failure', 'administrative'))
), came as (
    select count(*) as arrived, count(*) filter (where status = 'held') as held,
        count(*) filter (where status = 'refused') as refused, coalesce(sum(quarantined), 0) as quarantined
    from deliveries
    where landed_at >= $day_from and landed_at < $day_to
), waiting as (
    select count(distinct dispute) filter (where is_past) as overdue,
        count(distinct dispute) filter (where not is_past and hours_left < 72) as soon
    from clocks
    where clock = 'act_by' and turn in ('merchant', 'us', 'unknown')
), broken as (
    select count(distinct "break") as open, count(distinct "break") filter (where severity = 'page') as pages
    from open_breaks
    where status = 'open'
), figures as (
    select 1 as place, 'Deliveries' as figure, arrived as value,
        concat(held, ' held, ', refused, ' refused, ', quarantined, ' records in quarantine') as says,
        case when held > 0 then 'bad' when refused + quarantined > 0 then 'warn' else 'good' end as tone
    from came
    union all
    select 2, 'New disputes', count(*) filter (where was_open is null), 'first told of on the day', '' from told
    union all
    select 3, 'Decided', count(distinct told.dispute),
        concat(count(distinct told.dispute) filter (where outcome = 'won'), ' won, ',
            count(distinct told.dispute) filter (where outcome = 'lost'), ' lost, ',
            count(distinct told.dispute) filter (where outcome not in ('won', 'lost')), ' otherwise'), ''
    from told join counted on counted.dispute = told.dispute
    where not is_open and (was_open is null or was_open) and outcome is not null
    union all
    select 4, 'Open disputes', count(*) filter (where outcome is null), concat('of ', count(*), ' known'), '' from counted
    union all
    select 5, 'Due within 72 hours', soon + overdue, concat('not answered yet; ', overdue, ' past due'),
        case when overdue > 0 then 'bad' when soon > 0 then 'warn' else 'good' end
    from waiting
    union all
    select 6, 'Open breaks', open, concat(pages, ' that should wake somebody'),
        case when pages > 0 then 'bad' when open > 0 then 'warn' else 'good' end
    from broken
    union all
    select 7, 'Overdue from partners', count(*), 'files, credits, legs, confirmations',
        case when count(*) > 0 then 'warn' else 'good' end
    from overdue_expectations
    union all
    select 8, 'Entries booked', count(*), 'for what landed on the day', ''
    from entries
    where booked_at >= $day_from and booked_at < $day_to
)
select figure, value, says, tone from figures order by place

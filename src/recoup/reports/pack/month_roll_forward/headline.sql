-- One row is one headline figure: disputes open before, new, decided, open after.
-- Reads: roll_forward (one kind and currency in one month), dispute_steps, disputes, dispute_versions.
-- Holds: before + new + opened again - decided = after; a month is that in which we came to know a state, in UTC.
with ends as (
    select dispute, version, outcome from disputes
    union all
    select dispute, version, outcome from dispute_versions
), decided as (
    select steps.dispute as dispute, steps.kind as kind, steps.currency as currency, steps.amount_minor as amount_minor,
        case when ends.outcome in ('won', 'withdrawn', 'closed_no_debit', 'prevented') then 'won'
            when ends.outcome = 'lost' then 'lost' else 'other' end as ending
    from dispute_steps as steps
    join ends on ends.dispute = steps.dispute and ends.version = steps.version
    where steps.month = $month and not steps.is_open and (steps.was_open is null or steps.was_open)
        and steps.kind <> 'notice'
), ended as (
    select kind, currency, count(*) as disputes,
        count(*) filter (where ending = 'won') as won, count(*) filter (where ending = 'lost') as lost,
        count(*) filter (where ending = 'other') as other,
        cast(coalesce(sum(cast(amount_minor as decimal(38,0))) filter (where ending = 'won'), 0) as bigint) as won_minor,
        cast(coalesce(sum(cast(amount_minor as decimal(38,0))) filter (where ending = 'lost'), 0) as bigint) as lost_minor,
        cast(coalesce(sum(cast(amount_minor as decimal(38,0))) filter (where ending = 'other'), 0) as bigint) as other_minor
    from decided
    group by kind, currency
), rolled as (
    select forward.kind as kind, forward.currency as currency, opening_disputes, new_disputes, changed_disputes,
        closed_disputes, closing_disputes, opening_minor, new_minor, changed_minor, closed_minor, closing_minor,
        coalesce(won, 0) as won, coalesce(lost, 0) as lost, coalesce(other, 0) as other,
        coalesce(won_minor, 0) as won_minor, coalesce(lost_minor, 0) as lost_minor, coalesce(other_minor, 0) as other_minor
    from roll_forward as forward
    left join ended on ended.kind = forward.kind and ended.currency = forward.currency
    where forward.month = $month
), figures as (
    select 1 as place, 'Open when the month began' as figure, coalesce(sum(opening_disputes), 0) as value,
        'all kinds but notices' as says from rolled
    union all
    select 2, 'New in the month', coalesce(sum(new_disputes), 0),
        concat(coalesce(sum(changed_disputes), 0), ' opened again or changed') from rolled
    union all
    select 3, 'Decided', coalesce(sum(closed_disputes), 0),
        concat(coalesce(sum(won), 0), ' won or withdrawn, ', coalesce(sum(lost), 0), ' lost, ',
            coalesce(sum(other), 0), ' given up') from rolled
    union all
    select 4, 'Open when it ended', coalesce(sum(closing_disputes), 0), 'carried into the next month' from rolled
)
select figure, cast(value as bigint) as value, says from figures order by place

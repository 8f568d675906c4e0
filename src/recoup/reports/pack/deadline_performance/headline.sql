-- One row is one headline figure on deadlines that fell into the month.
-- Reads: answers (one dispute with a time to answer), disputes.
-- Holds: the results add up to the deadlines; not clear is what a word that nobody knows stands in the way of.
with rated as (
    select answers.dispute as dispute, answers.partner as partner, answers.merchant as merchant,
        disputes.partner_dispute_id as partner_dispute_id, replace(disputes.stage, '_', ' ') as stage,
        disputes.outcome as outcome, disputes.amount_minor as amount_minor, disputes.currency as currency,
        answers.due_at as due_at, answers.answered_at as answered_at, answers.hours_before as hours_before,
        case when answers.state = 'in_time' then 'in time'
            when answers.state = 'late' then 'late'
            when answers.answered_at is null and disputes.outcome is not null and disputes.moved_at <= answers.due_at
                then 'ended before'
            when answers.state = 'waiting' then 'running'
            when answers.state = 'not_clear' then 'not clear'
            else 'missed' end as result
    from answers
    join disputes on disputes.dispute = answers.dispute
    where answers.due_month = $month and ($partner is null or answers.partner = $partner)
), totals as (
    select count(*) as every, count(*) filter (where result = 'in time') as in_time,
        count(*) filter (where result = 'ended before') as ended, count(*) filter (where result = 'late') as late,
        count(*) filter (where result = 'missed') as missed, count(*) filter (where result = 'running') as running,
        count(*) filter (where result = 'not clear') as unclear,
        count(*) filter (where result in ('in time', 'late', 'missed', 'not clear')) as answerable,
        quantile_disc(hours_before, 0.5) filter (where result = 'in time') as hours
    from rated
), shared as (
    select every, in_time, ended, late, missed, running, unclear, answerable, hours,
        in_time * 1000 // nullif(answerable, 0) as per_mille
    from totals
), figures as (
    select 1 as place, 'Deadlines' as figure, cast(every as varchar) as value,
        concat(ended, ' ended before we had to answer, ', running, ' still running') as says, '' as tone from shared
    union all
    select 2, 'Answered in time', cast(in_time as varchar),
        case when answerable = 0 then 'none to answer'
            else concat(per_mille // 10, '.', per_mille % 10, ' % of ', answerable, ' that had to be') end,
        case when in_time = answerable then 'good' else 'warn' end from shared
    union all
    select 3, 'Late or missed', cast(late + missed as varchar),
        concat(late, ' late, ', missed, ' never, ', unclear, ' more not clear'),
        case when late + missed > 0 then 'bad' when unclear > 0 then 'warn' else 'good' end from shared
    union all
    select 4, 'Room we left', case when hours is null then null else concat(hours // 24, ' d ', hours % 24, ' h') end,
        'half of the answers had this much', '' from shared
)
select figure, value, says, tone from figures order by place

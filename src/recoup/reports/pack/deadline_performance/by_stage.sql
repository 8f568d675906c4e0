-- One row is one partner, stage and result: how many deadlines ended so.
-- Reads: answers (one dispute with a time to answer), disputes.
-- Holds: the rows add up to the deadlines of the month; the stage is where the dispute stands.
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
)
select concat(partner, ', ', stage) as place, result, count(*) as deadlines,
    case result when 'in time' then 'good' when 'not clear' then 'warn' when 'late' then 'warn' when 'missed' then 'bad' else '' end as tone
from rated
group by partner, stage, result
order by partner, stage,
    case result when 'in time' then 1 when 'ended before' then 2 when 'running' then 3 when 'not clear' then 4
        when 'late' then 5 else 6 end

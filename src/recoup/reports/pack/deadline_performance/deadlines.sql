-- One row is one dispute whose time to answer fell into the month.
-- Reads: answers (one dispute with a time to answer), disputes.
-- Holds: the time is the earliest that the partner said, since nobody proves an extension.
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
select due_at, result, hours_before, partner, partner_dispute_id, merchant, stage, answered_at,
    replace(outcome, '_', ' ') as outcome, amount_minor, currency, dispute,
    case result when 'late' then 'bad' when 'missed' then 'bad' when 'not clear' then 'warn' else '' end as tone
from rated
order by due_at, partner, dispute

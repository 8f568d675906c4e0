-- One row is one dispute that was decided on the day: open before, with an outcome after.
-- Reads: dispute_steps (one state of one dispute), disputes.
-- Holds: outcome is that of the present; a provisional one may be taken back.
with ended as (
    select dispute, max(known_from) as decided_at from dispute_steps
    where not is_open and (was_open is null or was_open) and kind <> 'notice'
        and known_from >= $day_from and known_from < $day_to
    group by dispute
)
select disputes.dispute as dispute, disputes.partner as partner, disputes.partner_dispute_id as partner_dispute_id,
    disputes.merchant as merchant, replace(disputes.stage, '_', ' ') as stage,
    replace(disputes.outcome, '_', ' ') as outcome, disputes.finality as finality,
    disputes.amount_minor as amount_minor, disputes.currency as currency, ended.decided_at as decided_at,
    case disputes.outcome when 'won' then 'good' when 'lost' then 'bad' when 'expired' then 'bad' else '' end as tone
from ended
join disputes on disputes.dispute = ended.dispute
where disputes.outcome is not null
order by ended.decided_at, disputes.dispute

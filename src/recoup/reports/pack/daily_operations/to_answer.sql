-- One row is one open dispute that waits for an answer of ours and has a deadline that counts.
-- Reads: clocks (one deadline of one dispute), disputes.
-- Holds: act_by is the earliest verified deadline less the cut-off; a past one stays until the partner closes it.
select clocks.due_at as act_by_at, clocks.hours_left as hours_left, clocks.dispute as dispute, clocks.partner as partner,
    disputes.partner_dispute_id as partner_dispute_id, clocks.merchant as merchant,
    replace(clocks.stage, '_', ' ') as stage, disputes.reason_code as reason_code,
    disputes.amount_minor as amount_minor, disputes.currency as currency,
    case when clocks.is_past then 'bad' when clocks.hours_left < 72 then 'warn' else '' end as tone
from clocks
join disputes on disputes.dispute = clocks.dispute
where clocks.clock = 'act_by' and clocks.turn in ('merchant', 'us', 'unknown')
order by clocks.due_at, clocks.dispute

-- One row is one dispute of the merchant that was opened by the month's end and not decided before the month.
-- Reads: disputes.
-- Holds: it stands as it stood when we knew what we knew.
select dispute, partner, partner_dispute_id, payment_ref, network, reason_code, replace(stage, '_', ' ') as stage,
    case when outcome is null then 'open'
        else concat(replace(outcome, '_', ' '), case when finality = 'provisional' then ', for now' else '' end) end as outcome,
    opened_at, case when outcome is null and not is_slot_spent then coalesce(act_by_at, partner_due_at) end as answer_by_at,
    amount_minor, currency,
    case outcome when 'won' then 'good' when 'withdrawn' then 'good' when 'lost' then 'bad' when 'expired' then 'bad'
        else '' end as tone
from disputes
where merchant = $merchant and kind <> 'notice' and coalesce(opened_at, moved_at) < $month_to
    and (outcome is null or moved_at >= $month_from)
order by coalesce(opened_at, moved_at), dispute

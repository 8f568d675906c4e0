-- One row is one balance that has not returned to zero: by leg of a dispute, or by batch, payout or line.
-- Reads: clearing (one open balance), disputes.
-- Holds: the same balances as recoup books clearing.
select clearing.age_days as age_days, replace(clearing.account, '_', ' ') as account, clearing.partner as partner,
    clearing.merchant as merchant, coalesce(disputes.partner_dispute_id, clearing.batch) as about, clearing.leg as leg,
    clearing.balance_minor as balance_minor, clearing.currency as currency, clearing.oldest_at as oldest_at,
    clearing.dispute as dispute,
    case when clearing.age_days > 7 then 'bad' when clearing.age_days > 1 then 'warn' else '' end as tone
from clearing
left join disputes on disputes.dispute = clearing.dispute
where ($partner is null or clearing.partner = $partner) and ($currency is null or clearing.currency = $currency)
order by clearing.age_days desc, clearing.oldest_at, clearing.account, clearing.partner, clearing.partner_account,
    clearing.merchant, clearing.dispute, clearing.batch, clearing.leg, clearing.currency

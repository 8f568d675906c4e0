-- One row is one account of the books at one partner in one currency: opening, debits, credits, closing.
-- Reads: entries, postings.
-- Holds: opening + debits - credits = closing; in each currency all closings add up to zero.
with moved as (
    select postings.account as account, postings.partner as partner, postings.currency as currency,
        postings.amount_minor as amount_minor, entries.effective_on < $month_first as is_before
    from postings
    join entries on entries.entry = postings.entry
    where entries.is_active and entries.effective_on < $month_next
), rolled as (
    select account, partner, currency,
        cast(coalesce(sum(cast(amount_minor as decimal(38,0))) filter (where is_before), 0) as bigint) as opening_minor,
        cast(coalesce(sum(cast(amount_minor as decimal(38,0))) filter (where not is_before and amount_minor > 0), 0) as bigint) as debits_minor,
        cast(coalesce(-sum(cast(amount_minor as decimal(38,0))) filter (where not is_before and amount_minor < 0), 0) as bigint) as credits_minor,
        cast(sum(cast(amount_minor as decimal(38,0))) as bigint) as closing_minor
    from moved
    group by account, partner, currency
), grouped as (
    select account, partner, currency, opening_minor, debits_minor, credits_minor, closing_minor,
        case when account in ('partner_clearing', 'settlement_clearing', 'payout_clearing', 'merchant_clearing',
                'fx_position', 'suspense', 'opening_clearing') then 'returns to zero'
            when account in ('partner_balance', 'partner_held', 'bank', 'house_ledger', 'other_activity', 'opening_balance')
                then 'an outside statement'
            when account in ('provisional_credit', 'merchant_held', 'dispute_receivable', 'accrued_fees',
                'pass_through', 'merchant_receivable', 'allowance') then 'zero when final'
            else 'profit and loss' end as "group"
    from rolled
)
select "group", replace(account, '_', ' ') as account, partner, opening_minor, debits_minor, credits_minor,
    closing_minor, currency,
    case when "group" = 'returns to zero' and closing_minor <> 0 then 'warn' else '' end as tone
from grouped
order by case "group" when 'returns to zero' then 1 when 'an outside statement' then 2 when 'zero when final' then 3
    else 4 end, account, partner, currency

-- One row is one batch or payout of the day, in one currency.
-- Reads: batch_tie_out (one batch in one currency), postings, entries.
-- Holds: open is reported less what the bank received; zero where all sides agree.
with paid as (
    select postings.partner as partner, postings.partner_account as partner_account, postings.batch as batch,
        postings.currency as currency,
        coalesce(min(entries.effective_on) filter (where entries.rule = 'payout_made'), max(entries.effective_on)) as paid_on
    from postings
    join entries on entries.entry = postings.entry
    where entries.is_active and postings.batch is not null
        and postings.account in ('settlement_clearing', 'payout_clearing')
    group by postings.partner, postings.partner_account, postings.batch, postings.currency
), tied as (
    select batch_tie_out.partner as partner, batch_tie_out.partner_account as partner_account,
        batch_tie_out.batch as batch, batch_tie_out.currency as currency, reported_minor, paid_out_minor, banked_minor,
        unpaid_minor, unbanked_minor, unpaid_minor + unbanked_minor as open_minor, state
    from batch_tie_out
    join paid on paid.partner = batch_tie_out.partner and paid.partner_account = batch_tie_out.partner_account
        and paid.batch = batch_tie_out.batch and paid.currency = batch_tie_out.currency
    where paid.paid_on = $day
        and ($partner is null or batch_tie_out.partner = $partner)
        and ($account is null or batch_tie_out.partner_account = $account)
)
select partner, partner_account, batch, reported_minor, paid_out_minor, banked_minor, open_minor, currency,
    case state when 'tied' then 'ties out' when 'waiting_for_payout' then 'not paid out yet'
        when 'waiting_for_bank' then 'not at the bank yet' else 'differs' end as state,
    case state when 'tied' then '' when 'differs' then 'bad' else 'warn' end as tone
from tied
order by partner, partner_account, batch, currency

-- One row is one headline figure: batches, then per currency what was reported and what the bank has.
-- Reads: batch_tie_out (one batch in one currency), postings, entries.
-- Holds: a batch belongs to the day that it was paid out on, or, before that, to the day of its latest line.
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
), figures as (
    select 1 as place, 'Batches' as figure, count(*) as value, cast(null as bigint) as amount_minor,
        cast(null as varchar) as currency, concat(count(*) filter (where state = 'tied'), ' tie out to the cent') as says,
        case when count(*) filter (where state = 'differs') > 0 then 'bad'
            when count(*) filter (where state <> 'tied') > 0 then 'warn' else 'good' end as tone
    from tied
    union all
    select 2, 'Reported', null, cast(sum(cast(reported_minor as decimal(38,0))) as bigint), currency,
        concat(count(*), case when count(*) = 1 then ' batch' else ' batches' end, ', net of fees'), ''
    from tied group by currency
    union all
    select 3, 'At the bank', null, cast(sum(cast(banked_minor as decimal(38,0))) as bigint), currency,
        case when count(*) filter (where open_minor <> 0) = 0 then 'all of it'
            else concat(count(*) filter (where open_minor <> 0), ' of ', count(*), ' not in full') end,
        case when count(*) filter (where open_minor <> 0) = 0 then 'good' else 'warn' end
    from tied group by currency
)
select figure, value, amount_minor, currency, says, tone from figures order by currency nulls first, place

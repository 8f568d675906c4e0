-- One row is one leg between us and the merchant that is not at zero, or what is owed in one currency.
-- Reads: entries, postings, disputes.
-- Holds: merchant_clearing and merchant_receivable of the merchant, as recoup books shows them.
-- Not yet on the balance: a charge (debit, hold, fee, tax) that is a debit here, a credit or release that is a credit;
-- the other way round the balance moved and we booked no charge or credit of it.
select case when postings.account = 'merchant_receivable' then 'owed, not collected'
        when (sum(cast(postings.amount_minor as decimal(38,0))) > 0) = (substr(postings.leg, 1, 1) in ('c', 'r', 'x'))
            then 'on the balance, not booked by us'
        else 'not yet on the balance' end as what,
    postings.partner as partner, disputes.partner_dispute_id as partner_dispute_id, postings.leg as leg,
    cast(sum(cast(postings.amount_minor as decimal(38,0))) as bigint) as balance_minor, postings.currency as currency,
    min(entries.effective_on) as since_on
from postings
join entries on entries.entry = postings.entry
left join disputes on disputes.dispute = postings.dispute
where entries.is_active and postings.account in ('merchant_clearing', 'merchant_receivable')
    and postings.merchant = $merchant
group by postings.account, postings.partner, disputes.partner_dispute_id, postings.leg, postings.currency
having sum(cast(postings.amount_minor as decimal(38,0))) <> 0
order by since_on, what, postings.partner, disputes.partner_dispute_id, postings.leg, postings.currency

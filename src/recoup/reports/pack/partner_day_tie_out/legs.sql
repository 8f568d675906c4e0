-- One row is one leg of a dispute, in one currency, that was announced or settled on the day.
-- Reads: leg_proof (one leg on every side), postings, entries, disputes.
-- Holds: open is announced less settled; a side that said nothing yet counts as zero in it.
with touched as (
    select distinct postings.dispute as dispute, postings.leg as leg, postings.currency as currency,
        postings.partner as partner
    from postings
    join entries on entries.entry = postings.entry
    where entries.is_active and postings.account = 'partner_clearing' and entries.effective_on = $day
        and ($partner is null or postings.partner = $partner)
        and ($account is null or postings.partner_account = $account)
)
select touched.partner as partner, disputes.partner_dispute_id as partner_dispute_id, disputes.merchant as merchant,
    touched.leg as leg, announced_minor, settled_minor,
    coalesce(announced_minor, 0) - coalesce(settled_minor, 0) as open_minor, confirmed_minor,
    touched.currency as currency,
    case when announced_minor = settled_minor then 'settled as announced'
        when settled_minor is null then 'announced, not settled'
        when announced_minor is null then 'settled, not announced'
        else 'settled for another sum' end as state,
    touched.dispute as dispute,
    case when announced_minor = settled_minor or settled_minor is null then '' else 'bad' end as tone
from touched
join leg_proof on leg_proof.dispute = touched.dispute and leg_proof.leg = touched.leg
    and leg_proof.currency = touched.currency
left join disputes on disputes.dispute = touched.dispute
order by touched.partner, disputes.partner_dispute_id, touched.dispute, touched.leg, touched.currency

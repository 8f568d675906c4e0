-- grain: One thing that an account has so that a figure of its scorecard can be counted: a term, or a way of telling.
-- key: partner, account, need
-- owner: partners
-- freshness: with each delivery; the contract when accounts are set up
-- note: A term counts whenever it was agreed: the figure of a month without one shows by its denominator.
-- partner VARCHAR: Partner.
-- account VARCHAR: Our account at the partner.
-- need VARCHAR: Word of needs in scorecard_figures.
with ways as (
  select partner, account,
    max(case when form = 'event' and trust in ('signed', 'partly') then 1 else 0 end) as pushes,
    max(case when form in ('snapshot', 'row') and feed not in ('manual', 'sent') then 1 else 0 end) as shows
  from observations group by partner, account
), found as (
  select partner, account, 'schedule' as need from contract_schedules
  union all
  select partner, account, 'fees' as need from contract_fees where amount_minor is not null
  union all
  select partner, account, 'announce days' as need from contracts where settle_to_announce_days is not null
  union all
  select partner, account, 'credit days' as need from contracts
  where win_to_credit_days is not null or announce_to_settle_days is not null
  union all
  select partner, account, 'payout days' as need from contracts
  where report_to_payout_days is not null or payout_to_bank_days is not null
  union all
  select partner, account, 'push' as need from ways where pushes = 1
  union all
  select partner, account, 'push and pull' as need from ways where pushes = 1 and shows = 1
)
select partner, account, need from found group by partner, account, need

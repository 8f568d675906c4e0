-- grain: One thing that should have been observed by now and was not, and that no outage holds.
-- key: expectation
-- owner: controls
-- freshness: with each delivery; files with each check; ages with the present
-- expectation VARCHAR: Our id of the expectation.
-- kind VARCHAR: What is expected: leg_settled, bank_credit, file and so on.
-- partner VARCHAR: From whom.
-- account VARCHAR: Our account at the partner.
-- feed VARCHAR: On which feed, where it is a file.
-- dispute VARCHAR: Of which dispute, where it is of one.
-- batch VARCHAR: Of which batch, where it is of one.
-- currency VARCHAR: Currency of the amount.
-- amount_minor BIGINT minor: What should come; empty where it is not about money.
-- due_at TIMESTAMP: When it was due.
-- days_late BIGINT days: Whole days from then to the present.
-- rule VARCHAR: The term or rule it comes from.
select e.expectation, e.kind, e.partner, e.account, e.feed, e.dispute, e.batch, e.currency, e.amount_minor, e.due_at,
  (m.as_of_at - e.due_at) // 86400000000 as days_late, e.rule
from expectations as e
anti join held_expectations as h on h.expectation = e.expectation
cross join moment as m
where e.closed_at is null and e.due_at < m.as_of_at

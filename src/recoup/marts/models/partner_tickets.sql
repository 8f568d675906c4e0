-- grain: One ticket to a partner, as it stands.
-- key: ticket
-- owner: partners
-- freshness: with each step of a person; overdue with the present
-- note: An answer is owed from each time that the ticket was sent, reminded of or escalated until one comes.
-- ticket VARCHAR: Our id of the ticket.
-- partner VARCHAR: Whom it asks.
-- account VARCHAR: Our account at the partner; empty where it is about several.
-- control VARCHAR: The check that found the first of its breaks.
-- first_class VARCHAR: The likeliest cause when it was written.
-- title VARCHAR: What it is about.
-- disputes BIGINT rows: How many disputes it is about.
-- status VARCHAR: draft (not sent), sent (an answer is owed), answered or closed.
-- opened_at TIMESTAMP: When it was written.
-- sent_at TIMESTAMP: When it first went out; empty while it has not.
-- due_at TIMESTAMP: By when an answer is owed; empty where none is, or no time was agreed.
-- is_overdue BOOLEAN: It is owed and its time is over.
-- answered_at TIMESTAMP: When the first answer came.
-- closed_at TIMESTAMP: When it was closed; empty while it is not.
-- answer_hours BIGINT hours: Whole hours from sending to the first answer.
-- reminders BIGINT rows: Times that the partner was reminded.
-- escalations BIGINT rows: Times that it went to a higher desk.
-- answers BIGINT rows: Answers that came.
with counted as (
  select ticket, min("at") filter (where verb in ('sent', 'remind', 'escalate')) as sent_at,
    max("sequence") filter (where verb in ('sent', 'remind', 'escalate')) as asked,
    min("at") filter (where verb = 'answer') as answered_at, max("sequence") filter (where verb = 'answer') as answered,
    max("sequence") filter (where verb = 'close') as closed, max("sequence") filter (where verb = 'reopen') as reopened,
    count(*) filter (where verb = 'remind') as reminders, count(*) filter (where verb = 'escalate') as escalations,
    count(*) filter (where verb = 'answer') as answers
  from ticket_steps group by ticket
), standing as (
  select t.ticket, t.partner, t.account, t.control, t.first_class, t.title, t.disputes, t.opened_at, c.sent_at,
    c.answered_at, coalesce(c.reminders, 0) as reminders, coalesce(c.escalations, 0) as escalations,
    coalesce(c.answers, 0) as answers, c.asked, c.closed,
    case when c.closed > coalesce(c.reopened, 0) then 'closed' when c.asked is null then 'draft'
      when c.answered > c.asked then 'answered' else 'sent' end as status
  from tickets as t left join counted as c on c.ticket = t.ticket
)
select s.ticket, s.partner, s.account, s.control, s.first_class, s.title, s.disputes, s.status, s.opened_at, s.sent_at,
  case when s.status = 'sent' then a.due_at end as due_at,
  s.status = 'sent' and coalesce(a.due_at < m.as_of_at, false) as is_overdue,
  s.answered_at, case when s.status = 'closed' then e."at" end as closed_at,
  (s.answered_at - s.sent_at) // 3600000000 as answer_hours, s.reminders, s.escalations, s.answers
from standing as s
cross join moment as m
left join ticket_steps as a on a.ticket = s.ticket and a."sequence" = s.asked
left join ticket_steps as e on e.ticket = s.ticket and e."sequence" = s.closed
;
-- assert: an answer is owed only by those that were asked
select ticket from partner_tickets where status = 'sent' and sent_at is null

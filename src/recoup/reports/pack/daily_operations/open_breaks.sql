-- One row is the money of one open break in one currency; a break without money has one row.
-- Reads: open_breaks (one break and currency), breaks.
-- Holds: the first sentence of its explanation says what is wrong; the rest stands beside it.
select open_breaks.severity as severity, replace(open_breaks.first_class, '_', ' ') as likely,
    open_breaks.partner as partner, concat(split_part(breaks.explanation, '. ', 1), '.') as what,
    open_breaks.amount_minor as amount_minor, open_breaks.currency as currency, open_breaks.age_days as age_days,
    open_breaks.owner as owner, breaks.account as account, breaks.feed as feed, open_breaks."break" as "break",
    breaks.explanation as explanation,
    case open_breaks.severity when 'page' then 'bad' when 'ticket' then 'warn' else '' end as tone
from open_breaks
join breaks on breaks."break" = open_breaks."break"
where open_breaks.status = 'open'
order by case open_breaks.severity when 'page' then 1 when 'ticket' then 2 else 3 end, open_breaks.first_seen_at,
    open_breaks."break", open_breaks.currency

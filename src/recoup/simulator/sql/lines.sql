-- One line of either side of a simulated ledger, with the thing that it truly is of; lines of a thing belong together.
-- Reads: range; parameters seed, things, days, price_points, and odds in ten thousand.
-- True of it: the same parameters give the same rows, whatever the version of the engine.
with block as (
  select
    b, cast(md5_number_lower(concat($seed, '/', b)) % 1000000007 as bigint) as chance
  from range(($things + 7) // 8) as r(b)
),
thing as (
  select
    i, b, chance as block_chance, chance % 10000 as block_dice,
    cast(md5_number_lower(concat($seed, ':', i)) % 1000000007 as bigint) as h
  from range($things) as r(i) join block on b = i // 8
),
told as (
  select
    i, b, h % 10000 as dice, h,
    case
      when block_dice < $batch then 'batch'
      when block_dice < $batch + $lump and i % 8 < 2 + block_chance % 3 then 'lump'
      else 'alone'
    end as shape,
    'acct_' || (block_chance % 7) as account, 'mer_' || (block_chance % 911) as merchant,
    ['EUR', 'USD', 'GBP'][1 + block_chance % 3] as currency,
    date '2026-01-01' + cast(block_chance // 7 % $days as integer) as on_day,
    case
      when $price_points > 0 then 499 + 500 * (h // 10000 % $price_points)
      else 100 + h // 10000 % 90000
    end as amount_minor,
    lpad(cast(740000000000000000 + i * 7 as varchar), 23, '0') as reference
  from thing
),
fated as (
  select
    *, case
      when shape <> 'alone' then shape
      when dice < $missing_left then 'missing_left'
      when dice < $missing_left + $missing_right then 'missing_right'
      when dice < $missing_left + $missing_right + $doubled then 'doubled'
      when dice < $missing_left + $missing_right + $doubled + $wrong then 'wrong'
      when dice < $missing_left + $missing_right + $doubled + $wrong + $near then 'near'
      when dice < $missing_left + $missing_right + $doubled + $wrong + $near + $unnamed then 'unnamed'
      else 'exact'
    end as fate
  from told
),
left_line as (
  select
    'left' as side, 'l' || lpad(cast(i as varchar), 10, '0') as item, account, merchant, currency, amount_minor, on_day,
    case when fate in ('lump', 'batch') then null else reference end as reference,
    case when fate = 'batch' then 'b' || b end as batch,
    case when fate in ('lump', 'batch') then fate || b else 't' || i end as thing, fate
  from fated where fate <> 'missing_left'
),
right_line as (
  select
    'right' as side, 'r' || lpad(cast(i as varchar), 10, '0') || copy.mark as item, account, merchant, currency,
    case fate
      when 'near' then amount_minor + 1 + h % 2
      when 'wrong' then case h % 3 when 0 then amount_minor * 100 when 1 then amount_minor + 37 else amount_minor - 50 end
      else amount_minor
    end as amount_minor,
    on_day + cast(h // 3 % 3 as integer) as on_day,
    case
      when fate = 'unnamed' then null
      when h % 4 = 0 then ' ' || ltrim(reference, '0')
      else ltrim(reference, '0')
    end as reference,
    cast(null as varchar) as batch, 't' || i as thing, fate
  from fated cross join (values (''), ('x')) as copy(mark)
  where fate not in ('missing_right', 'lump', 'batch') and (copy.mark = '' or fate = 'doubled')
),
sum_line as (
  select
    'right' as side, 's' || lpad(cast(min(i) as varchar), 10, '0') as item, min(account) as account,
    min(merchant) as merchant, min(currency) as currency,
    cast(sum(cast(amount_minor as decimal(38, 0))) as bigint) as amount_minor,
    min(on_day) + cast(min(h) % 3 as integer) as on_day, cast(null as varchar) as reference,
    case when fate = 'batch' then 'b' || b end as batch, fate || b as thing, fate
  from fated where fate in ('lump', 'batch') group by fate, b
)
select * from left_line
union all
select * from right_line
union all
select * from sum_line

-- SPDX-License-Identifier: GPL-3.0-or-later
INSERT INTO accounts (number, owner, created_at, updated_at, currency)
SELECT 'LE' || lpad(n::text, 10, '0'), 'Owner ' || n, now(), now(), (ARRAY['EUR', 'EUR', 'CHF', 'SEK'])[1 + n % 4]
FROM generate_series(1, 1500) AS n;
INSERT INTO entries (account_id, amount_cents, memo, booked_at)
SELECT 1 + n % 1500, (n * 7919) % 500000 - 200000, 'Transfer ' || md5(n::text), now() - n * interval '3 minutes'
FROM generate_series(1, 60000) AS n;
INSERT INTO statements (account_id, month, balance_cents)
SELECT account_id, date_trunc('month', booked_at), sum(amount_cents) FROM entries GROUP BY 1, 2;
ANALYZE;

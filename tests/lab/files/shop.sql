-- SPDX-License-Identifier: GPL-3.0-or-later
INSERT INTO customers (email, full_name, created_at)
SELECT 'customer' || n || '@example.com', (ARRAY['Ada', 'Grace', 'Linus', 'Mary', 'Alan'])[1 + n % 5] || ' '
       || (ARRAY['Keller', 'Moreau', 'Nowak', 'Silva', 'Hansen', 'Okafor'])[1 + n % 6], now() - n * interval '37 minutes'
FROM generate_series(1, 4000) AS n;
INSERT INTO orders (customer_id, total, placed_at, status, shipping_address)
SELECT 1 + n % 4000, round((5 + (n * 7919) % 40000 / 100.0)::numeric, 2), now() - n * interval '9 minutes',
       (ARRAY['placed', 'paid', 'sent', 'returned'])[1 + n % 4], (n % 90 + 1) || ' Harbour Street, ' || 10000 + n % 900
FROM generate_series(1, 24000) AS n;
INSERT INTO payments (order_id, amount, paid_at) SELECT id, total, placed_at + interval '4 minutes' FROM orders WHERE id % 4 <> 1;
CREATE INDEX payments_order_id ON payments (order_id);
ANALYZE;

-- Up Migration
CREATE INDEX bad_ix ON orders (no_such_column);

-- Down Migration
ALTER TABLE orders DROP COLUMN status;

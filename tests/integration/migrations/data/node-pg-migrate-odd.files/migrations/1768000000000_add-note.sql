-- Up Migration
ALTER TABLE orders ADD COLUMN note text;

-- Down Migration
ALTER TABLE orders DROP COLUMN status;

-- Up Migration
ALTER TABLE orders ADD COLUMN status text;

-- Down Migration
ALTER TABLE orders DROP COLUMN status;
-- edited

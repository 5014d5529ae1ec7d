CREATE INDEX bad_ix ON orders (no_such_column);

-- The tables of the shop that all examples write to: your own business, beside the outbox in the same file.
--
--     keitaro-outbox init --db shop.db && sqlite3 shop.db < shop.sql
CREATE TABLE IF NOT EXISTS orders (
  id     TEXT PRIMARY KEY,
  subid  TEXT NOT NULL,                                 -- Keitaro's click id, as the order came with it
  amount TEXT NOT NULL                                  -- a decimal as text, as the outbox wants it
);

CREATE TABLE IF NOT EXISTS places (                     -- what is sold; one row
  free   INTEGER NOT NULL CHECK (free >= 0)             -- the last one sold makes the next sale fail
);

INSERT INTO places SELECT 100 WHERE NOT EXISTS (SELECT 1 FROM places);

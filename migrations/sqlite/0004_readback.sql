-- What the tracker's own records say of each conversion (read-back). The same statements stand in schema/outbox.sql, to the letter.

-- 'unchecked', also where read-back is off: not asked after, or not for the last time. A later postback makes it so again.
ALTER TABLE conversions ADD COLUMN verdict TEXT NOT NULL DEFAULT 'unchecked'
  CONSTRAINT verdict_is_not_unchecked_recorded_differs_absent_unknowable
    CHECK (verdict = 'unchecked' OR verdict = 'recorded' OR verdict = 'differs' OR verdict = 'absent' OR verdict = 'unknowable');

-- When the tracker's records were last looked at for it, and what they showed.
ALTER TABLE conversions ADD COLUMN verdict_at INTEGER;
ALTER TABLE conversions ADD COLUMN verdict_note TEXT;

-- When it is to be asked after next; NULL for not at all.
ALTER TABLE conversions ADD COLUMN check_at INTEGER;

-- When its first postback was taken in: the tracker keeps that date. NULL where it came before this column.
ALTER TABLE conversions ADD COLUMN first_taken_in_at INTEGER;

-- What is to be asked after. Where read-back is off it is empty, and costs nothing.
CREATE INDEX conversions_to_check ON conversions (tracker, check_at)
  WHERE check_at IS NOT NULL;

-- What people look for: few, where all is well.
CREATE INDEX conversions_in_doubt ON conversions (verdict, tracker, outbox_id)
  WHERE verdict = 'differs' OR verdict = 'absent' OR verdict = 'unknowable';

-- What read-back keeps of each tracker that it asks.
CREATE TABLE outbox_readback (
  tracker     TEXT    PRIMARY KEY,
  shown_at    INTEGER NOT NULL                        -- when the key last showed a conversion of ours
) STRICT, WITHOUT ROWID;

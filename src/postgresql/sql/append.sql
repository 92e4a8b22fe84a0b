-- One conversion. Nothing where its event is there already.
INSERT INTO outbox (tracker, campaign, subid, status, tid, payout, cost, currency, params, event_id, due_at)
VALUES ($1, nullif($2, ''), $3, $4, nullif($5, ''), nullif($6, '')::numeric, nullif($7, '')::numeric, nullif($8, ''), nullif($9, '')::jsonb,
        nullif($10, ''), CASE $11::bigint WHEN 0 THEN '-infinity' ELSE to_timestamp($11 / 1000.0) END)
ON CONFLICT (event_id) DO NOTHING
RETURNING id;

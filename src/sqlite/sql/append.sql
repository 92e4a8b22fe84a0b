-- One conversion in the caller's transaction. An empty text means none; what is required is left to the table's own rules.
INSERT INTO outbox (tracker, campaign, subid, status, tid, payout, cost, currency, params, event_id, due_at)
VALUES (:tracker, nullif(:campaign, ''), :subid, :status, nullif(:tid, ''), nullif(:payout, ''), nullif(:cost, ''),
        nullif(:currency, ''), nullif(:params, ''), nullif(:event_id, ''), :due_at)
ON CONFLICT (event_id) DO NOTHING
RETURNING id;

-- The number of a transaction of the front door, by which it can be asked after. It waits for another's lock no longer than $1
-- milliseconds; and where the database was set up to lose the last commits in a crash, this one is not lost.
SELECT pg_current_xact_id(),
       set_config('lock_timeout', $1, true),
       set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
                                             ELSE current_setting('synchronous_commit') END, true);

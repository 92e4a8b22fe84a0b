-- Whether what a worker has recorded of a row is there: `$3` means that the row is to be sent again.
SELECT EXISTS (SELECT 1
                 FROM outbox
                WHERE id = $1 AND attempts >= $2 AND (state <> 'pending' OR $3));

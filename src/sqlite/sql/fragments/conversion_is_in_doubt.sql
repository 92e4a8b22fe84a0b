-- Whether the tracker's records say :verdict, one of the three that an index holds, of the conversion that was taken in for the row.
id IN (SELECT outbox_id
                  FROM conversions
                 WHERE (verdict = 'differs' OR verdict = 'absent' OR verdict = 'unknowable')
                   AND verdict = :verdict)

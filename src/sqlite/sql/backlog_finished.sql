-- Every row after the one that was read last, in order. No index counts what is finished: each row would have to pay for it.
SELECT id,
       tracker,
       state,
       state = 'delivered' AND reason IS NOT NULL AS marked
  FROM outbox
 WHERE id > :after
 ORDER BY id;

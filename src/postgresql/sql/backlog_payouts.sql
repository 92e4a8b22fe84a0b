-- What is pending is worth, value by value: sums are made exactly, of what would be sent.
SELECT tracker, lower(coalesce(currency, '')), payout, count(*)
  FROM outbox
 WHERE state = 'pending' AND payout IS NOT NULL
 GROUP BY tracker, lower(coalesce(currency, '')), payout;

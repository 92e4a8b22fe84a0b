-- For the rest of the transaction: each statement of delivery takes some hundred rows out of many by an index. By statistics that are
-- out of date, as those of a queue mostly are, the planner would go through all rows instead; so each row that is looked at counts for
-- much more than a descent of an index.
SELECT set_config('enable_seqscan', 'off', true),
       set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true),
       set_config('cpu_tuple_cost', '100', true),
       set_config('jit', 'off', true);

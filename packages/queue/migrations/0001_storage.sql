-- Updates of lease, epoch and attempts stay on their page (HOT) while it has room; rows come and go by the thousand.
ALTER TABLE "fallback_submissions" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

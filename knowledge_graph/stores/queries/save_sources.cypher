UNWIND $rows AS row
MERGE (s:Source {id: row.id})
SET s.system = row.system, s.place = row.place, s.observed_at = coalesce(s.observed_at, row.observed_at)

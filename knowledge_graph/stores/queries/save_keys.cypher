UNWIND $rows AS row
MERGE (k:SourceKey {id: row.key})
SET k.kind = row.kind, k.record = row.id

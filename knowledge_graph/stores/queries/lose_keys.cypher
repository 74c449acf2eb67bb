UNWIND $rows AS row
MATCH (n:<label> {id: row.id})
SET n.source_keys = [key IN n.source_keys WHERE NOT key IN row.keys]

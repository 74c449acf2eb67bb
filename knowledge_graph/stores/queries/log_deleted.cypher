MATCH (c:ChangeSet {id: $set})
WITH c
UNWIND $rows AS row
MERGE (d:Deleted {id: row.id})
CREATE (c)-[:CHANGED {part: row.part}]->(d)

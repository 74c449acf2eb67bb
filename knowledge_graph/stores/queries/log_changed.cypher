MATCH (c:ChangeSet {id: $set})
WITH c
UNWIND $rows AS row
MATCH (n:<label> {id: row.id})
CREATE (c)-[:CHANGED {part: row.part}]->(n)

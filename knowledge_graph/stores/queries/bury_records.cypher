UNWIND $ids AS id
MATCH (c:ChangeSet)-[r:CHANGED]->(n:<label> {id: id})
MERGE (d:Deleted {id: $kind + ':' + id})
CREATE (c)-[:CHANGED {part: r.part}]->(d)

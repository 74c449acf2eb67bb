UNWIND $ids AS id
MATCH (n:<label> {id: id})<-[r:CHANGED]-(c:ChangeSet)
MERGE (d:Deleted {id: $kind + ':' + id})
CREATE (c)-[:CHANGED {part: r.part}]->(d)

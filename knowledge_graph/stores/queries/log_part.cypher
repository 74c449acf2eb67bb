MATCH (c:ChangeSet {id: $set})
CREATE (c)-[:HAS_PART]->(p:ChangePart)
SET p.id = $set + '/' + toString($part), p.set = $set, p.part = $part, p.changes = $changes

MATCH (c:ChangeSet {id: $id})-[:HAS_PART]->(p:ChangePart)
WHERE size($parts) = 0 OR p.part IN $parts
RETURN p.changes AS changes
ORDER BY p.part

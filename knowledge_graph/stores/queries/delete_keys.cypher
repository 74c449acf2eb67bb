UNWIND $keys AS key
MATCH (k:SourceKey {id: key})
DELETE k

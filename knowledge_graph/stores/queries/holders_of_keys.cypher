UNWIND $keys AS key
MATCH (k:SourceKey {id: key})
RETURN k.id AS key, k.kind AS kind, k.record AS id

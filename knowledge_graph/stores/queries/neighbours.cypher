UNWIND $ids AS id
MATCH (n:<label> {id: id})-[r]-(m)
WHERE NOT type(r) IN $others
WITH DISTINCT m
ORDER BY m.meta_updated_at DESC, m.id
LIMIT $most
RETURN labels(m)[0] AS label, properties(m) AS properties

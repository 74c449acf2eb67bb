UNWIND $ids AS id
MATCH (t:<label> {id: id})<-[r]-(n)
WHERE NOT type(r) IN $others
RETURN t.id AS target, type(r) AS type, labels(n)[0] AS label, n.id AS id

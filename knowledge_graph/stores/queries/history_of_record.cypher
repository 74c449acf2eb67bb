MATCH (n:<label> {id: $id})<-[r:CHANGED]-(c:ChangeSet)
RETURN properties(c) AS head, collect(r.part) AS parts
ORDER BY head.seq DESC

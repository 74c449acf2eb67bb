UNWIND $ids AS id
MATCH (n:<label> {id: id})
RETURN properties(n) AS properties

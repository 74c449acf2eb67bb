UNWIND $rows AS row
MATCH (n:<label> {id: row.id})
MATCH (t:<target> {id: row.target})
CREATE (n)-[:<type>]->(t)

MATCH (c:ChangeSet {id: $id})
RETURN properties(c) AS head

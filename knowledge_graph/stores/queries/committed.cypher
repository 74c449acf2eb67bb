MATCH (c:ChangeSet {id: $id})
RETURN c.id AS id

MATCH (c:ChangeSet)
RETURN c.id AS id, c.reason AS reason
